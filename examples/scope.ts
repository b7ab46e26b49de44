// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Which processes an example watches. A tracepoint runs for every process of the machine, so the first thing that a
 * program does is to leave: only those of one cgroup and of the cgroups below it go on, or one process.
 */

import { config, currentAncestorCgroupId, currentProcess, u32, u64 } from "tarsier/program";
import type { task_struct } from "./kernel.ts";

/** Set by `tarsier run`: the cgroup and its depth below the root, or with `--pid` the process. Constants, once loaded. */
export const cgroupId = config(u64, 0n);
export const cgroupLevel = config(u32, 0);
export const processId = config(u32, 0);

/** Whether the running process is one of them. */
export function inScope(): boolean {
  if (processId !== 0) return u32(currentProcess() >> 32n) === processId;
  return currentAncestorCgroupId(cgroupLevel) === cgroupId;
}

/** Whether another one is: for events that somebody else causes. */
export function isInScope(task: task_struct): boolean {
  if (processId !== 0) return u32(task.tgid) === processId;
  const group = task.cgroups.dfl_cgrp;
  return u32(group.level) >= cgroupLevel && group.ancestors.at(cgroupLevel).kn.id === cgroupId;
}
