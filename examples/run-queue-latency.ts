// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * How long threads that could run wait for a processor: the sign of a machine, or of a container's quota, that is too small.
 *
 *     tarsier run --cgroup /sys/fs/cgroup/system.slice examples/run-queue-latency.ts
 */

import { once } from "node:events";
import type { RunContext } from "tarsier";
import { array, log2, now, perCpuArray, struct, taskStorage, tpBtf, type u32, u64 } from "tarsier/program";
import type { task_struct } from "./kernel.ts";
import { isInScope } from "./scope.ts";
import { histogram, summed } from "./show.ts";

/** `slots[n]` counts waits of 2ⁿ up to 2ⁿ⁺¹ nanoseconds. */
export const Waits = struct({ count: u64, totalNs: u64, longestNs: u64, slots: array(u64, 40) });
export const waits = perCpuArray({ value: Waits, maxEntries: 1 });

const Since = struct({ readyNs: u64 });
const ready = taskStorage({ value: Since });

function becomesReady(task: task_struct): void {
  // The task is one that somebody else wakes or switches to: its own cgroup counts, not that of who runs.
  if (!isInScope(task)) return;
  const since = ready.getOrCreate(task);
  if (since !== null) since.readyNs = now();
}

export const wakeup = tpBtf("sched_wakeup", (task: task_struct) => becomesReady(task));
export const wakeupNew = tpBtf("sched_wakeup_new", (task: task_struct) => becomesReady(task));

export const switched = tpBtf(
  "sched_switch",
  (_preempted: u32, previous: task_struct, next: task_struct, previousState: u32) => {
    // Who is taken off the processor while it could go on waits from now on.
    if (previousState === 0) becomesReady(previous);
    if (!isInScope(next)) return;
    const since = ready.get(next);
    const own = waits.get(0);
    if (since === null || own === null || since.readyNs === 0n) return;
    const waitedNs = now() - since.readyNs;
    since.readyNs = 0n;
    own.count += 1n;
    own.totalNs += waitedNs;
    if (waitedNs > own.longestNs) own.longestNs = waitedNs;
    own.slots[log2(waitedNs)]! += 1n;
  },
);

export default async function ({
  maps,
  signal,
  print,
}: RunContext<typeof import("./run-queue-latency.ts")>): Promise<void> {
  await once(signal, "abort");
  const perProcessor = maps.waits.get(0) ?? [];
  for (const line of histogram(summed(perProcessor.map(({ slots }) => slots)), "ns")) print(line);
  for (const [processor, { count, longestNs }] of perProcessor.entries()) {
    print(`processor ${processor}: ${count} waits, the longest ${Number(longestNs) / 1e6} ms`);
  }
}
