/** Paths as another process sees them: in a container, `/usr/lib/libssl.so` is another file there than here. */

import { readlinkSync } from "node:fs";
import { posix } from "node:path";
import { InputError } from "../../errors/error.ts";

/** As many as the kernel follows. */
const mostLinks = 40;

/**
 * The path by which this process reaches a file of process `pid`. Symbolic links are followed inside that process's own
 * root: opened as they are under `/proc/PID/root`, absolute ones would lead to our files.
 */
export function pathInProcess(pid: number, path: string): string {
  return pathInRoot(`/proc/${pid}/root`, path);
}

/** The same for any directory that is the root of something. */
export function pathInRoot(root: string, path: string): string {
  const left = path.split("/").reverse();
  let resolved = "/";
  let links = 0;
  while (left.length > 0) {
    const part = left.pop()!;
    // `join` keeps `..` at the root from leaving it.
    const next = posix.join(resolved, part);
    const target = part === "" || part === "." || part === ".." ? undefined : linkTarget(root + next);
    if (target === undefined) {
      resolved = next;
      continue;
    }
    if (++links > mostLinks) throw new InputError("ELF_UNREADABLE", `${root}${path} has too many symbolic links`);
    if (target.startsWith("/")) resolved = "/";
    left.push(...target.split("/").reverse());
  }
  return root + resolved;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
