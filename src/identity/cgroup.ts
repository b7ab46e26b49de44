/** The cgroup2 hierarchy as this process sees it: alone, or beside version 1 (the hybrid layout). */

import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { InputError } from "../errors/error.ts";

/** Where cgroup2 is mounted, and where this process is in it. */
export interface CgroupHierarchy {
  /** The mount point. */
  readonly root: string;
  /** This process's cgroup, an absolute path below `root`. */
  readonly own: string;
}

/** Finds the hierarchy, or `undefined` where no cgroup2 is mounted. */
export function findCgroupHierarchy(): CgroupHierarchy | undefined {
  const mount = parseCgroup2Mount(readFileSync("/proc/self/mountinfo", "utf8"));
  const path = parseOwnCgroup(readFileSync("/proc/self/cgroup", "utf8"));
  if (mount === undefined || path === undefined) return undefined;
  return { root: mount.mountPoint, own: join(mount.mountPoint, relative(mount.root, path)) };
}

/** The cgroup2 line of a mountinfo text (proc_pid_mountinfo(5)): `root` is the directory that is mounted. */
export function parseCgroup2Mount(mountinfo: string): { root: string; mountPoint: string } | undefined {
  for (const line of mountinfo.split("\n")) {
    const [mount, filesystem] = line.split(" - ");
    const fields = mount?.split(" ");
    if (filesystem?.startsWith("cgroup2 ") && fields?.[3] !== undefined && fields[4] !== undefined) {
      return { root: unescapeMount(fields[3]), mountPoint: unescapeMount(fields[4]) };
    }
  }
  return undefined;
}

/** The cgroup2 path of a `/proc/PID/cgroup` text: the line of hierarchy 0. */
export function parseOwnCgroup(text: string): string | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith("0::"));
  return line?.slice("0::".length);
}

/** The kernel's id of a cgroup: the inode of its directory. Throws `InputError`. */
export function cgroupId(path: string): bigint {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) throw new InputError("CGROUP_ABSENT", `no such cgroup: ${path}`);
  if (!existsSync(join(path, "cgroup.procs"))) {
    throw new InputError("CGROUP_NONE", `${path} is no cgroup: give a directory below the mount of cgroup2`);
  }
  return found.ino;
}

/** The depth of a directory below the mount of its hierarchy. */
export function levelBelow(root: string, path: string): number {
  return depth(relative(root, path));
}

const depth = (path: string) => path.split("/").filter((part) => part !== "" && part !== ".").length;

/** Mount points have spaces and the like as octal escapes. */
const unescapeMount = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
