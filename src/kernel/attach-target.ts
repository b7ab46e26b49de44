/** What a program is verified against: the kernel's type for its hook, or the program that it replaces a part of. */

import type { Btf } from "../btf/index.ts";
import { BugError, InputError, KernelError } from "../errors/error.ts";
import { type HookKindRow, type HookSpec, hookKinds, type ProgramSpec } from "../spec/index.ts";
import { ProgramInfo } from "./info-attribute.ts";
import { findKernelType, loadedTypes, openModuleBtf } from "./kernel-btf.ts";
import { infoOf } from "./object-info.ts";
import type { KernelProgram } from "./program.ts";
import { type HookTypeName, hookTypeName } from "./vmlinux.ts";

/** The part of a program's load that depends on its hook. */
export interface AttachTarget {
  readonly attachTypeId: number;
  readonly expectedAttachType: number;
  /** The program that is extended, or a module's BTF; 0 for none. */
  readonly objectFd: number;
  /** Whether `objectFd` was opened for this load, and is closed after it. */
  readonly ownsObject: boolean;
}

/** Finds the target of `program` on this kernel. Throws `KernelError` when the kernel does not have it. */
export function attachTargetOf(program: ProgramSpec, extended: KernelProgram | undefined): AttachTarget {
  const { hook } = program;
  const row: HookKindRow = hookKinds[hook.kind];
  const expectedAttachType = row.attach ?? 0;
  const none = { attachTypeId: 0, expectedAttachType, objectFd: 0, ownsObject: false };
  if (hook.kind === "extension") return { ...none, ...extensionTarget(program, extended) };
  if (hook.kind === "structOps") return { ...none, ...structTarget(program) };
  const wanted = hookTypeName(hook);
  if (wanted === undefined) return none;
  return { ...none, ...typeTarget(program, hook, wanted) };
}

function typeTarget(program: ProgramSpec, hook: HookSpec, { name, kind }: HookTypeName): Partial<AttachTarget> {
  const found = findKernelType(name, [kind]);
  if (found === undefined) {
    throw new KernelError("HOOK_ABSENT", `this kernel has no ${hook.kind} hook ${hook.target} (for ${program.name})`);
  }
  if (found.module === undefined) return { attachTypeId: found.id };
  const objectFd = openModuleBtf(found.module);
  if (objectFd === undefined) {
    throw new KernelError("MODULE_GONE", `the kernel module ${found.module} of ${hook.target} was unloaded: try again`);
  }
  return { attachTypeId: found.id, objectFd, ownsObject: true };
}

/** A function of a program that is loaded, by its name in that program's own types. */
function extensionTarget(program: ProgramSpec, extended: KernelProgram | undefined): Partial<AttachTarget> {
  if (extended === undefined) {
    throw new InputError(
      "EXTENSION_TARGET",
      `${program.name} replaces the function ${program.hook.target} of a program: say which one by the load option \`extended\``,
    );
  }
  const { btfId } = infoOf(extended.fd, ProgramInfo, `describe ${extended.spec.name}`);
  const types = btfId === 0 ? undefined : loadedTypes(btfId);
  const id = types?.find(program.hook.target, "func");
  if (id === undefined) {
    throw new InputError(
      "EXTENSION_TARGET",
      `${extended.spec.name} has no function ${program.hook.target} that ${program.name} could replace`,
    );
  }
  return { attachTypeId: id, objectFd: extended.fd };
}

/** A member of a structure of operations: its type is the structure, its number the expected attach type. */
function structTarget(program: ProgramSpec): Partial<AttachTarget> {
  const [typeName = "", memberName = ""] = program.hook.target.split("/");
  const found = findKernelType(typeName, ["struct"]);
  const index = found === undefined ? -1 : memberIndex(found.btf, found.id, memberName);
  if (found === undefined || index < 0) {
    throw new KernelError(
      "HOOK_ABSENT",
      `this kernel has no structOps hook ${program.hook.target} (for ${program.name})`,
    );
  }
  return { attachTypeId: found.id, expectedAttachType: index };
}

function memberIndex(btf: Btf, id: number, name: string): number {
  const type = btf.type(id);
  if (type.kind !== "struct") throw new BugError("BTF_NOT_STRUCT", `type ${id} is no struct`);
  return type.members.findIndex((member) => member.name === name);
}
