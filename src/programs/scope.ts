// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Which processes and sockets are watched. Everything else leaves a program here, in its first instructions. */

import {
  addressOf,
  config,
  currentAncestorCgroupId,
  currentProcess,
  hash,
  kernelPointer,
  readKernel,
  struct,
  u32,
  u64,
} from "../program/index.ts";
import type { cgroup, sock } from "./vmlinux.ts";

/** The cgroup that is watched and its depth below the root; id 0: watch `scopeProcesses` instead. */
export const scopeCgroup = config(u64, 0n);
export const scopeLevel = config(u32, 0);
/** Tarsier itself (its id in the first pid namespace), which is never watched. */
export const ownProcess = config(u32, 0);

/** Watched processes by their id in the first pid namespace. */
export const scopeProcesses = hash({ key: u32, value: u32, maxEntries: 16_384 });

const Word = struct({ value: u64 });

/** Whether the running process is watched. */
export function inScope(): boolean {
  const process = u32(currentProcess() >> 32n);
  if (process === ownProcess) return false;
  if (scopeCgroup !== 0n) return currentAncestorCgroupId(scopeLevel) === scopeCgroup;
  return scopeProcesses.has(process);
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
