/** What is watched, as the kernel programs are told. */

import { resolve } from "node:path";
import { InputError } from "../errors/error.ts";
import { type CgroupHierarchy, cgroupId, levelBelow } from "../identity/cgroup.ts";
import type { OwnPlace } from "./self.ts";

/** A cgroup with all below it, or processes with their children to come. */
export type Scope =
  | {
      readonly kind: "cgroup";
      readonly id: bigint;
      readonly level: number;
      readonly label: string;
      readonly path?: string;
    }
  | { readonly kind: "processes"; readonly globalIds: readonly number[]; readonly label: string };

/** The scope of a cgroup directory, absolute or relative to where cgroup2 is mounted. Throws `InputError`. */
export function cgroupScope(path: string, hierarchy: CgroupHierarchy | undefined, own: OwnPlace): Scope {
  if (hierarchy === undefined) {
    throw new InputError("CGROUP2_ABSENT", "--cgroup: cgroup2 is not mounted here; mount it, or watch by --pid");
  }
  const { root } = hierarchy;
  const isBelow = (directory: string) => directory === root || directory.startsWith(`${root}/`);
  const directory = isBelow(resolve("/", path)) ? resolve("/", path) : resolve(root, path.replace(/^\/+/, ""));
  if (!isBelow(directory)) {
    throw new InputError("CGROUP_NONE", `--cgroup ${path}: give a directory below ${root}, where cgroup2 is mounted`);
  }
  const rootLevel = own.cgroupLevel - levelBelow(root, hierarchy.own);
  return {
    kind: "cgroup",
    id: cgroupId(directory),
    level: rootLevel + levelBelow(root, directory),
    label: directory,
    path: directory,
  };
}
