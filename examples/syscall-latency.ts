// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * How long system calls take: a histogram by powers of two for each call, made in the kernel. Nothing is sent to user space
 * until somebody looks, however many calls there are.
 *
 *     tarsier run examples/syscall-latency.ts -- dd if=/dev/zero of=/dev/null count=100000
 */

import { once } from "node:events";
import type { RunContext } from "tarsier";
import {
  array,
  currentTask,
  type i64,
  log2,
  now,
  perCpuHash,
  struct,
  taskStorage,
  tpBtf,
  u32,
  u64,
} from "tarsier/program";
import type { pt_regs, task_struct } from "./kernel.ts";
import { inScope } from "./scope.ts";
import { histogram, sum, summed } from "./show.ts";

/** `slots[n]` counts calls of 2ⁿ up to 2ⁿ⁺¹ nanoseconds. */
export const Latencies = struct({ calls: u64, totalNs: u64, slots: array(u64, 40) });

/** By the number of the call. */
export const latencies = perCpuHash({ key: u32, value: Latencies, maxEntries: 512 });

const Running = struct({ call: u64, beganNs: u64 });
const running = taskStorage({ value: Running });

export const enter = tpBtf("sys_enter", (_registers: pt_regs, call: i64) => {
  if (!inScope()) return;
  const own = running.getOrCreate(currentTask<task_struct>());
  if (own === null) return;
  own.call = u64(call);
  own.beganNs = now();
});

export const exit = tpBtf("sys_exit", () => {
  if (!inScope()) return;
  const own = running.get(currentTask<task_struct>());
  if (own === null || own.beganNs === 0n) return;
  const tookNs = now() - own.beganNs;
  own.beganNs = 0n;
  // One histogram for each processor: no other one counts in it, so that `+=` is enough. A reader adds them up.
  const entry = latencies.getOrInsert(u32(own.call), Latencies.zero());
  if (entry === null) return;
  entry.calls += 1n;
  entry.totalNs += tookNs;
  entry.slots[log2(tookNs)]! += 1n;
});

export default async function ({
  maps,
  signal,
  print,
}: RunContext<typeof import("./syscall-latency.ts")>): Promise<void> {
  await once(signal, "abort");
  for (const [call, perProcessor] of maps.latencies) {
    const calls = sum(perProcessor.map((entry) => entry.calls));
    const totalNs = sum(perProcessor.map((entry) => entry.totalNs));
    print(`system call ${call}: ${calls} times, ${totalNs / calls} ns in the mean`);
    for (const line of histogram(summed(perProcessor.map(({ slots }) => slots)), "ns")) print(line);
  }
}
