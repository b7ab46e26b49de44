/** Whom an observation is of, brought to the point where it can begin, and cleaned up after. */

import { basename } from "node:path";
import { InputError, KernelError, TarsierError } from "../errors/error.ts";
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
  if (pid === process.pid) throw new InputError("PROCESS_OWN", `--pid ${pid}: that is Tarsier itself`);
  return { scope: processScope(pid, own), name: `process ${pid}`, command: undefined, release: () => {} };
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
  try {
    const { scope, release } = workspaceScope(waiting, own, warn) ?? {
      scope: processScope(waiting.pid, own),
      release: () => {},
    };
    return { scope, name, command: waiting, release };
  } catch (error) {
    waiting.abandon();
    throw error;
  }
}

/** A cgroup made for the command, which is in it then; `undefined` where that cannot be. */
function workspaceScope(
  { pid }: WaitingCommand,
  own: OwnPlace,
  warn: (reason: string) => void,
): Pick<Subject, "scope" | "release"> | undefined {
  let workspace: Workspace | undefined;
  try {
    const hierarchy = findCgroupHierarchy();
    if (hierarchy === undefined) throw new KernelError("CGROUP2_ABSENT", "cgroup2 is not mounted");
    removeLeftovers(hierarchy.own);
    workspace = createWorkspace(hierarchy.own);
    workspace.add(pid);
    const scope = cgroupScope(workspace.path, hierarchy, own);
    return { scope: { ...scope, label: workspace.name }, release: workspace.remove };
  } catch (error) {
    workspace?.remove();
    if (!(error instanceof TarsierError)) throw error;
    warn(error.message);
    return undefined;
  }
}

const processScope = (pid: number, own: OwnPlace): Scope => ({
  kind: "processes",
  globalIds: [globalProcessId(pid, own)],
  label: "",
});
