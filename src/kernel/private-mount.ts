/** File systems of the kernel where they are not mounted: a mount without a place, which goes with its descriptor. */

import { closeSync } from "node:fs";
import { KernelError } from "../errors/error.ts";
import { cString } from "./c-string.ts";
import { errnoName } from "./errno.ts";
import { addressOf, systemCall } from "./libc.ts";

/** System calls that have the same numbers on every machine. */
const calls = { fsopen: 430, fsconfig: 431, fsmount: 432 } as const;
const createCommand = 6;
const closeOnExec = 1;

/** Calls `use` with the root of a file system of that type (`tracefs`, `bpf`), which nobody else sees. */
export function withPrivateMount<Result>(type: string, use: (root: string) => Result): Result {
  const fd = mount(type);
  try {
    return use(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

function mount(type: string): number {
  const name = cString(type);
  const must = (result: number): number => {
    if (result >= 0) return result;
    throw new KernelError(
      "FILE_SYSTEM_REFUSED",
      `cannot mount a file system ${type}: ${errnoName(-result)}; run as root`,
    );
  };
  const context = must(systemCall(calls.fsopen, addressOf(name), closeOnExec));
  try {
    must(systemCall(calls.fsconfig, context, createCommand, 0, 0, 0));
    return must(systemCall(calls.fsmount, context, closeOnExec, 0));
  } finally {
    closeSync(context);
  }
}
