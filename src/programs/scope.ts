// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Which processes and sockets are watched. Everything else leaves a program here, in its first instructions. */

import {
  addressOf,
  config,
  currentAncestorCgroupId,
  currentProcess,
  currentTask,
  hash,
  kernelPointer,
  readKernel,
  struct,
  u32,
  u64,
} from "../program/index.ts";
import type { cgroup, sock, task_struct } from "./vmlinux.ts";

/** The cgroup that is watched and its depth below the root; id 0: watch `scopeProcesses` instead. */
export const scopeCgroup = config(u64, 0n);
export const scopeLevel = config(u32, 0);
/** Tarsier itself (its id in the first pid namespace), which is never watched. */
export const ownProcess = config(u32, 0);

/** Watched processes by their id in the first pid namespace. */
export const scopeProcesses = hash({ key: u32, value: u32, maxEntries: 16_384 });

const Word = struct({ value: u64 });

/**
 * Whether the running process is watched. Most processes of a machine are not, so this comes first everywhere, and for
 * them it is a few loads: a cgroup that is not deeper than the watched one is that one itself, or out of scope.
 */
export function inScope(): boolean {
  if (scopeCgroup === 0n) return isWatchedProcess();
  const group = currentTask<task_struct>().cgroups.dfl_cgrp;
  if (u32(group.level) <= scopeLevel) {
    if (group.kn.id !== scopeCgroup) return false;
  } else if (currentAncestorCgroupId(scopeLevel) !== scopeCgroup) {
    return false;
  }
  return u32(currentProcess() >> 32n) !== ownProcess;
}

function isWatchedProcess(): boolean {
  const process = u32(currentProcess() >> 32n);
  return process !== ownProcess && scopeProcesses.has(process);
}

/** Whether a socket was made in the watched cgroup: for events that run while another process does. */
export function socketInScope(socket: sock): boolean {
  if (scopeCgroup === 0n) return false;
  const group = socket.sk_cgrp_data.cgroup;
  if (u32(group.level) < scopeLevel) return false;
  const ancestor = Word.zero();
  if (!readKernel(ancestor, addressOf(group.ancestors) + u64(scopeLevel) * 8n)) return false;
  return kernelPointer<cgroup>(ancestor.value).kn.id === scopeCgroup;
}
