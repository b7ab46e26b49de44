/** Who a process is: its name, its start, its place in pid namespaces. */

import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Names that a runtime gives its main thread, and that say nothing of the program. */
const threadNames = new Set(["MainThread", "node-MainThread"]);
const cacheLimit = 8192;

/** Names of processes by pid, remembered from the first look. */
export interface ProcessNames {
  /** The name to show: the kernel's own (`comm`), unless that is only a thread's. */
  nameOf(pid: number, comm: string): string;
}

export function processNames(readExecutable: (pid: number) => string | undefined = executableOf): ProcessNames {
  const names = new Map<string, string>();
  return {
    nameOf(pid, comm) {
      if (!threadNames.has(comm)) return comm;
      const key = `${pid} ${comm}`;
      let name = names.get(key);
      if (name === undefined) {
        name = readExecutable(pid) ?? comm;
        if (names.size >= cacheLimit) names.clear();
        names.set(key, name);
      }
      return name;
    },
  };
}

function executableOf(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return undefined;
  }
}

/** What `/proc/PID/stat` says that identifies a process: a pid is used again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
}

/** Reads a process's identity; `undefined` when it is gone. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const fields = readStat(pid);
  return fields && { pid, parent: Number(fields[1]), startTicks: Number(fields[19]) };
}

/** Whether this process is in the foreground of a terminal: what is typed there, such as Ctrl-C, goes to its whole group. */
export function isInForeground(fields: readonly string[] | undefined = readStat(process.pid)): boolean {
  if (fields === undefined) return false;
  const [group, terminal, foregroundGroup] = [fields[2], fields[4], fields[5]];
  return terminal !== "0" && group === foregroundGroup;
}

/** The fields of proc_pid_stat(5) from the third one, the state, on. */
function readStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, also parentheses: count from the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
