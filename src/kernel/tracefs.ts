/** The numbers of tracepoints, from the tracing file system: where it is mounted, or from a mount that only we see. */

import { closeSync, existsSync, readFileSync } from "node:fs";
import { InputError, KernelError } from "../errors/error.ts";
import { cString } from "./c-string.ts";
import { errnoName } from "./errno.ts";
import { addressOf, systemCall } from "./libc.ts";

const mountPoints = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
/** System calls that have the same numbers on every machine. */
const calls = { fsopen: 430, fsconfig: 431, fsmount: 432 } as const;
const createCommand = 6;

/** The number of a tracepoint by `category/name`. */
export function tracepointId(place: string): bigint {
  if (!/^[\w.-]+\/[\w.-]+$/.test(place)) {
    throw new InputError(
      "TRACEPOINT_NAME",
      `"${place}" is no tracepoint: name it by category and name, as sched/sched_switch`,
    );
  }
  return withTracefs((root) => {
    try {
      return BigInt(readFileSync(`${root}/events/${place}/id`, "utf8").trim());
    } catch (cause) {
      throw new KernelError("TRACEPOINT_ABSENT", `this kernel has no tracepoint ${place}`, { cause });
    }
  });
}

/** Calls `use` with the root of the tracing file system. */
export function withTracefs<Result>(use: (root: string) => Result): Result {
  const mounted = mountPoints.find((path) => existsSync(`${path}/events`));
  if (mounted !== undefined) return use(mounted);
  const fd = mountPrivately();
  try {
    return use(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

/** A mount without a place: it goes with its descriptor. */
function mountPrivately(): number {
  const name = cString("tracefs");
  const context = must(systemCall(calls.fsopen, addressOf(name), 1));
  try {
    must(systemCall(calls.fsconfig, context, createCommand, 0, 0, 0));
    return must(systemCall(calls.fsmount, context, 1, 0));
  } finally {
    closeSync(context);
  }
}

function must(result: number): number {
  if (result >= 0) return result;
  throw new KernelError(
    "TRACEFS_ABSENT",
    `cannot read the kernel's tracepoints: ${errnoName(-result)}; run \`mount -t tracefs tracefs /sys/kernel/tracing\``,
  );
}
