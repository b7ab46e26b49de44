/** Whom an observation is of, brought to the point where it can begin, and cleaned up after. */

import { basename } from "node:path";
import { findCgroupHierarchy } from "../identity/cgroup.ts";
import { prepareCommand, type WaitingCommand } from "./command.ts";
import { cgroupScope, type Scope } from "./scope.ts";
import { globalProcessId, type OwnPlace } from "./self.ts";
import type { Account } from "./user.ts";
import { createWorkspace, removeLeftovers, type Workspace } from "./workspace.ts";

/** A scope with what was made for it. */
export interface Subject {
  readonly scope: Scope;
  /** What people call it. */
  readonly name: string;
  /** The command, when there is one: it waits for `start()`. */
  readonly command: WaitingCommand | undefined;
  /** Removes what was made. Processes go on. */
  release(): void;
}

/** A process that runs already, with its children to come. */
export function processSubject(pid: number, own: OwnPlace): Subject {
  const scope: Scope = { kind: "processes", globalIds: [globalProcessId(pid, own)], label: "" };
  return { scope, name: `process ${pid}`, command: undefined, release: () => {} };
}

/** Everything in a cgroup. */
export function cgroupSubject(path: string, own: OwnPlace): Subject {
  const scope = cgroupScope(path, findCgroupHierarchy(), own);
  return { scope, name: `cgroup ${scope.label}`, command: undefined, release: () => {} };
}

/**
 * A command, in a cgroup of its own where one can be made, else watched by its process and its children.
 * `warn` hears why there is no cgroup.
 */
export function commandSubject(
  command: readonly string[],
  account: Account | undefined,
  own: OwnPlace,
  warn: (reason: string) => void,
): Subject {
  const name = basename(command[0] ?? "");
  const waiting = prepareCommand(command, account);
  const hierarchy = findCgroupHierarchy();
  let workspace: Workspace | undefined;
  try {
    if (hierarchy === undefined) throw new Error("cgroup2 is not mounted");
    removeLeftovers(hierarchy.own);
    workspace = createWorkspace(hierarchy.own);
    workspace.add(waiting.pid);
    const scope = cgroupScope(workspace.path, hierarchy, own);
    const { remove } = workspace;
    return { scope: { ...scope, label: workspace.name }, name, command: waiting, release: remove };
  } catch (error) {
    workspace?.remove();
    warn((error as Error).message);
  }
  try {
    const scope: Scope = { kind: "processes", globalIds: [globalProcessId(waiting.pid, own)], label: "" };
    return { scope, name, command: waiting, release: () => {} };
  } catch (error) {
    waiting.abandon();
    throw error;
  }
}
