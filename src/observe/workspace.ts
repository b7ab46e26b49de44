/**
 * The cgroup that an observed command runs in: made below the caller's own, so that the caller's limits hold,
 * and named after its owner, so that the next Tarsier can tell when the owner is dead.
 */

import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { KernelError } from "../errors/error.ts";
import { type ProcessIdentity, processIdentity } from "../identity/process.ts";

const prefix = "tarsier-";

/** A cgroup of Tarsier's own. */
export interface Workspace {
  readonly path: string;
  readonly name: string;
  /** Moves a process in; its children follow by themselves. */
  add(pid: number): void;
  /** Ids of the processes that are inside, also deeper down. */
  processes(): number[];
  /** Moves whoever is left to the parent, and removes the cgroup. Safe to call twice. */
  remove(): void;
}

/** Makes a workspace below `parent`. Throws `KernelError` where cgroups cannot be written. */
export function createWorkspace(parent: string, owner: ProcessIdentity = ownIdentity()): Workspace {
  const path = join(parent, workspaceName(owner, pidNamespace()));
  try {
    mkdirSync(path);
  } catch (cause) {
    throw new KernelError(
      "CGROUP_NOT_WRITABLE",
      `cannot make a cgroup below ${parent}: mount cgroup2 read-write, or watch by --pid`,
      { cause },
    );
  }
  return {
    path,
    name: basename(path),
    add: (pid) => addProcess(path, pid),
    processes: () => processesBelow(path),
    remove: () => removeWorkspace(path),
  };
}

function addProcess(path: string, pid: number): void {
  try {
    writeFileSync(join(path, "cgroup.procs"), String(pid));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new KernelError("CGROUP_NOT_JOINED", `cannot move the command into the cgroup ${path}: ${code}`, { cause });
  }
}

/** Removes what dead Tarsiers of this pid namespace left below `parent`; returns the names removed. */
export function removeLeftovers(parent: string): string[] {
  const namespace = pidNamespace();
  const leftovers = directoriesIn(parent).filter((name) => {
    const owner = parseWorkspaceName(name);
    return owner !== undefined && owner.namespace === namespace && !isAlive(owner);
  });
  for (const name of leftovers) removeWorkspace(join(parent, name));
  return leftovers;
}

/** `tarsier-PID-STARTTICKS-PIDNAMESPACE`. */
export function workspaceName({ pid, startTicks }: ProcessIdentity, namespace: string): string {
  return `${prefix}${pid}-${startTicks}-${namespace}`;
}

/** The owner that a workspace's name tells; `undefined` for a name that is none. */
export function parseWorkspaceName(name: string): { pid: number; startTicks: number; namespace: string } | undefined {
  const match = /^tarsier-(\d+)-(\d+)-(\d+)$/.exec(name);
  if (match === null) return undefined;
  return { pid: Number(match[1]), startTicks: Number(match[2]), namespace: match[3]! };
}

const isAlive = (owner: { pid: number; startTicks: number }) =>
  processIdentity(owner.pid)?.startTicks === owner.startTicks;

function ownIdentity(): ProcessIdentity {
  return processIdentity(process.pid) ?? { pid: process.pid, parent: process.ppid, startTicks: 0 };
}

/** The inode of this process's pid namespace. */
const pidNamespace = () => /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";

function processesBelow(path: string): number[] {
  const own = readProcesses(path);
  return [...own, ...directoriesIn(path).flatMap((name) => processesBelow(join(path, name)))];
}

function readProcesses(path: string): number[] {
  try {
    return readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Depth first: a cgroup can be removed when it holds no process and no other cgroup. */
function removeWorkspace(path: string, target: string = dirname(path)): void {
  for (const name of directoriesIn(path)) removeWorkspace(join(path, name), target);
  // A process may fork between reading and moving: look again until none is left.
  for (let round = 0; round < 10; round++) {
    const left = readProcesses(path);
    if (left.length === 0) break;
    for (const pid of left) {
      try {
        writeFileSync(join(target, "cgroup.procs"), String(pid));
      } catch {
        // It ended meanwhile, or is a zombie.
      }
    }
  }
  try {
    rmdirSync(path);
  } catch {
    // Already gone, or a zombie still holds it: the next start tries again.
  }
}

function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
