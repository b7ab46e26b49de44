/** Whom a command of `tarsier` is about, as it is typed, and brought to the point where it can begin. */

import type { OwnPlace } from "../observe/self.ts";
import { cgroupSubject, commandSubject, processSubject, type Subject } from "../observe/subject.ts";
import { accountFor } from "../observe/user.ts";
import { UsageError } from "./usage-error.ts";

/** Exactly one of them. */
export type Target =
  | { readonly kind: "command"; readonly command: readonly string[] }
  | { readonly kind: "pid"; readonly pid: number }
  | { readonly kind: "cgroup"; readonly path: string };

/** The target that was typed; `undefined` when none was. Throws `UsageError`. */
export function parseTarget(
  pid: string | undefined,
  cgroup: string | undefined,
  command: readonly string[] | undefined,
): Target | undefined {
  const given = [pid, cgroup, command].filter((part) => part !== undefined).length;
  if (given > 1) {
    throw new UsageError("TARGET_AMBIGUOUS", "one thing at a time: give a command after `--`, or --pid, or --cgroup");
  }
  if (command?.length === 0) throw new UsageError("TARGET_MISSING", "there is no command after `--`");
  if (command !== undefined) return { kind: "command", command };
  if (cgroup !== undefined) return { kind: "cgroup", path: cgroup };
  if (pid === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(pid)) throw new UsageError("PID_INVALID", `--pid ${pid}: not a process id`);
  return { kind: "pid", pid: Number(pid) };
}

/** Makes what the target needs: for a command a cgroup of its own, with a shell that waits in it. */
export function openSubject(
  target: Target,
  user: string | undefined,
  own: OwnPlace,
  notice: (text: string) => void,
): Subject {
  switch (target.kind) {
    case "pid":
      return processSubject(target.pid, own);
    case "cgroup":
      return cgroupSubject(target.path, own);
    case "command": {
      const account = accountFor(user);
      if (account !== undefined && user === undefined)
        notice(`running the command as ${account.name}, who called sudo`);
      const warn = (reason: string) => notice(`watching by process id: ${reason}`);
      return commandSubject(target.command, account, own, warn);
    }
  }
}
