// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Which processes an example watches. A tracepoint runs for every process of the machine, so the first thing that a
 * program does is to leave: only those of one cgroup, and of the cgroups below it, go on.
 */

import { config, currentAncestorCgroupId, u32, u64 } from "tarsier/program";
import type { task_struct } from "./kernel.ts";

/** The cgroup's id, and how deep it is below the root. They are constants in the loaded program. */
export const cgroup = config(u64, 0n);
export const cgroupLevel = config(u32, 0);

/** Whether the running process is one of them. */
export function inScope(): boolean {
  return currentAncestorCgroupId(cgroupLevel) === cgroup;
}

/** Whether another one is: for events that somebody else causes. */
export function isInScope(task: task_struct): boolean {
  const group = task.cgroups.dfl_cgrp;
  return u32(group.level) >= cgroupLevel && group.ancestors.at(cgroupLevel).kn.id === cgroup;
}
