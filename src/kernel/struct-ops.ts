/**
 * Structures of operations (`BPF_MAP_TYPE_STRUCT_OPS`): a map whose one value is a structure of the kernel, functions
 * of which are programs. Attaching it registers the structure: a congestion control, a scheduler.
 */

import { type Btf, sizeOf } from "../btf/index.ts";
import { BugError, KernelError } from "../errors/error.ts";
import type { MapSpec } from "../spec/index.ts";
import { bpf } from "./bpf.ts";
import { findKernelType } from "./kernel-btf.ts";
import { type KernelLink, openLink } from "./link.ts";
import { linkHead } from "./link-attribute.ts";
import type { KernelMap } from "./map.ts";
import type { KernelProgram } from "./program.ts";

/** The attach type of structures, and the flag of maps that a link registers (Linux 6.4). */
const structOpsAttachType = 44;
const linkFlag = 1 << 13;

export const isStructure = ({ type }: MapSpec): boolean => type === "structOps";

/** The map as this kernel has the structure: its value is the structure behind a head of the kernel's own. */
export function prepareStructure(spec: MapSpec, local: Btf): { spec: MapSpec; kernelValueTypeId: number } {
  const name = structureName(spec, local);
  const found = findKernelType(`bpf_struct_ops_${name}`, ["struct"]);
  if (found === undefined || found.module !== undefined) {
    throw new KernelError(
      "HOOK_ABSENT",
      `this kernel has no structure of operations ${name} (for the map ${spec.name})`,
    );
  }
  return {
    spec: {
      ...spec,
      keySizeBytes: 4,
      valueSizeBytes: sizeOf(found.btf, found.id)!,
      maxEntries: 1,
      flags: spec.flags | linkFlag,
    },
    kernelValueTypeId: found.id,
  };
}

/** Writes the structure: what the collection says of plain members, and its programs where functions belong. */
export function fillStructure(
  map: KernelMap,
  spec: MapSpec,
  local: Btf,
  programs: ReadonlyMap<string, KernelProgram>,
): void {
  const name = structureName(spec, local);
  const value = new Uint8Array(map.valueBytes);
  const view = new DataView(value.buffer);
  const place = kernelPlaces(name);
  for (const { index, name: programName } of spec.entries ?? []) {
    const member = membersOf(local, spec.valueTypeId)[index];
    const at = member && place(member.name);
    const program = programs.get(programName);
    if (at === undefined || program === undefined) {
      throw new BugError("STRUCT_OPS_ENTRY", `the map ${spec.name} has no place for ${programName} on this kernel`);
    }
    view.setBigUint64(at, BigInt(program.fd), true);
  }
  for (const member of membersOf(local, spec.valueTypeId)) {
    const at = place(member.name);
    const sizeBytes = sizeOf(local, member.type) ?? 0;
    const from = member.bitOffset / 8;
    const bytes = spec.initial?.subarray(from, from + sizeBytes);
    if (bytes === undefined || bytes.every((byte) => byte === 0)) continue;
    if (at === undefined) {
      throw new KernelError(
        "FIELD_ABSENT",
        `this kernel has no ${name}.${member.name}, which the map ${spec.name} sets`,
      );
    }
    value.set(bytes, at);
  }
  map.set(new Uint8Array(4), value);
}

/** Registers the structure until the link closes. */
export function attachStructure(map: KernelMap): KernelLink {
  const fd = bpf(
    "linkCreate",
    linkHead,
    { programFd: map.fd, attachType: structOpsAttachType },
    `register the structure ${map.spec.name}`,
  );
  return openLink(fd, undefined, map.spec.name);
}

function structureName(spec: MapSpec, local: Btf): string {
  const type = local.type(spec.valueTypeId);
  if (type.kind !== "struct") throw new BugError("STRUCT_OPS_TYPE", `the value of the map ${spec.name} is no struct`);
  return type.name;
}

function membersOf(btf: Btf, id: number) {
  const type = btf.type(id);
  return type.kind === "struct" ? type.members : [];
}

/** Where the kernel's value of such a map has a member of the structure, in bytes. */
function kernelPlaces(name: string): (member: string) => number | undefined {
  const whole = findKernelType(`bpf_struct_ops_${name}`, ["struct"])!;
  const data = membersOf(whole.btf, whole.id).find((member) => member.name === "data")!;
  const members = new Map(membersOf(whole.btf, data.type).map((member) => [member.name, member.bitOffset / 8]));
  return (member) => {
    const at = members.get(member);
    return at === undefined ? undefined : at + data.bitOffset / 8;
  };
}
