// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What Tarsier asks the kernel about itself before it watches others: its place in namespaces that it may not see out of. */

import {
  addressOf,
  arrayMap,
  config,
  currentAncestorCgroupId,
  currentCgroupId,
  currentProcess,
  currentTask,
  iterator,
  rawTracepoint,
  readKernel,
  struct,
  u32,
  u64,
  type ValueOf,
} from "../program/index.ts";
import type { task_struct } from "./vmlinux.ts";

/** The answers. `process`: by its id in the first pid namespace. Levels count from the first namespace and the root cgroup. */
export const Answer = struct({ process: u32, namespaceLevel: u32, cgroupLevel: u32, found: u32 });
export type Answer = ValueOf<typeof Answer>;

export const answers = arrayMap({ value: Answer, maxEntries: 1, mmapable: true });

/** A process to find by its id in Tarsier's pid namespace, and that namespace's level. */
export const wantedProcess = config(u32, 0);
export const wantedLevel = config(u32, 0);

const cgroupDepthLimit = 64;
const Namespaced = struct({ process: u32, padding: u32 });

/** Run once, by Tarsier itself, never attached. */
export const self = rawTracepoint("sys_enter", () => {
  const answer = answers.get(0);
  if (answer === null) return;
  answer.process = u32(currentProcess() >> 32n);
  answer.namespaceLevel = currentTask<task_struct>().thread_pid.level;
  const own = currentCgroupId();
  for (let level = 0; level < cgroupDepthLimit; level++) {
    if (currentAncestorCgroupId(level) === own) {
      answer.cgroupLevel = level;
      return;
    }
  }
});

/** Finds the wanted process among those of Tarsier's pid namespace. */
export const findProcess = iterator("task", (task: task_struct | null) => {
  if (task === null || task.pid !== task.tgid) return;
  const namespaced = Namespaced.zero();
  const numbers = addressOf(task.thread_pid.numbers);
  if (!readKernel(namespaced, numbers + u64(wantedLevel) * 16n)) return;
  const answer = answers.get(0);
  if (answer !== null && namespaced.process === wantedProcess) answer.found = u32(task.tgid);
});
