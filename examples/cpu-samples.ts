// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Where processor time goes: so many times a second each processor is asked what it runs. Every call stack is kept once, and
 * counted; user space gives its addresses names.
 *
 *     tarsier run --for 10s --cgroup /sys/fs/cgroup/system.slice examples/cpu-samples.ts
 */

import { once } from "node:events";
import type { RunContext } from "tarsier";
import {
  atomic,
  bytes,
  currentCommand,
  currentProcess,
  hash,
  i64,
  perfEvent,
  stackTraces,
  struct,
  u32,
  u64,
} from "tarsier/program";
import type { bpf_perf_event_data } from "./kernel.ts";
import { inScope } from "./scope.ts";
import { text } from "./show.ts";

/** A negative number of a stack is an error: -14 where there is none, as in a thread of the kernel. */
export const Place = struct({ kernelStack: i64, userStack: i64, process: u32, unused: u32, command: bytes(16) });

export const samples = hash({ key: Place, value: u64, maxEntries: 10_240 });
export const stacks = stackTraces({ maxEntries: 10_240 });

export const sample = perfEvent((_event: bpf_perf_event_data) => {
  if (!inScope()) return;
  const place = Place.zero();
  place.kernelStack = stacks.kernel();
  place.userStack = stacks.user();
  place.process = u32(currentProcess() >> 32n);
  currentCommand(place.command);
  const count = samples.getOrInsert(place, 0n);
  if (count !== null) atomic.add(count, "value", 1n);
});

export default async function ({ maps, signal, print }: RunContext<typeof import("./cpu-samples.ts")>): Promise<void> {
  await once(signal, "abort");
  const places = [...maps.samples].sort(([, one], [, other]) => Number(other - one)).slice(0, 20);
  for (const [{ command, process, userStack }, count] of places) {
    const frames = userStack < 0n ? [] : (maps.stacks.get(Number(userStack)) ?? []);
    print(
      `${count} × ${text(command)}[${process}] ${frames
        .slice(0, 6)
        .map((at) => at.toString(16))
        .join(" ← ")}`,
    );
  }
}
