/** The numbers of tracepoints, from the tracing file system: where it is mounted, or from a mount that only we see. */

import { existsSync, readFileSync } from "node:fs";
import { InputError, KernelError } from "../errors/error.ts";
import { withPrivateMount } from "./private-mount.ts";

const mountPoints = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
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
function withTracefs<Result>(use: (root: string) => Result): Result {
  const mounted = mountPoints.find((path) => existsSync(`${path}/events`));
  if (mounted !== undefined) return use(mounted);
  return withPrivateMount("tracefs", use);
}
