/**
 * Node raises its soft limit of open files to the hard one, and children inherit that. An observed command gets
 * what it would have had without us: the limit of the nearest ancestor that is not Node.
 */

import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { processIdentity } from "../identity/process.ts";

const ancestorLimit = 16;

/** The soft limit of open files to give to a command, or `undefined` to leave it as it is. */
export function originalOpenFileLimit(): number | "unlimited" | undefined {
  let pid = process.ppid;
  for (let step = 0; step < ancestorLimit && pid > 0; step++) {
    if (!isNode(pid)) return parseOpenFileLimit(readText(`/proc/${pid}/limits`));
    pid = processIdentity(pid)?.parent ?? 0;
  }
  return undefined;
}

/** The soft limit in the line `Max open files` of proc_pid_limits(5). */
export function parseOpenFileLimit(limits: string): number | "unlimited" | undefined {
  const value = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (value === undefined) return undefined;
  return value === "unlimited" ? value : Number(value);
}

function isNode(pid: number): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).startsWith("node");
  } catch {
    return false;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
