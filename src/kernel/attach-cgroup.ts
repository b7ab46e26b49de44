/** Hooks of cgroups: packets, addresses, options, devices of all processes in one and below it. */

import { closeSync, openSync } from "node:fs";
import { InputError } from "../errors/error.ts";
import { createLink } from "./attach-link.ts";
import type { InCgroup } from "./attach-options.ts";
import type { KernelLink } from "./link.ts";
import { orderedLink } from "./link-attribute.ts";
import type { KernelProgram } from "./program.ts";

/** Attaches beside programs that others have there; all of them run, and each can refuse. */
export function attachToCgroup(program: KernelProgram, { cgroup }: InCgroup): KernelLink {
  if (cgroup === undefined) {
    const { name, hook } = program.spec;
    throw new InputError("ATTACH_CGROUP", `${name} (${hook.kind}) is attached to a cgroup: say which, as { cgroup }`);
  }
  const target = typeof cgroup === "number" ? cgroup : openCgroup(cgroup);
  try {
    return createLink(program, orderedLink, { target }, `the cgroup ${cgroup}`);
  } finally {
    if (target !== cgroup) closeSync(target);
  }
}

function openCgroup(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new InputError("CGROUP_ABSENT", `there is no cgroup ${path}`, { cause });
  }
}
