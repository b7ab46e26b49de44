/** Types of fields that only the kernel works on, as the kernel names them. */

import type { Bytes } from "../bytes/index.ts";
import { spinLock, timer } from "../program/special-fields.ts";
import type { IntegerType, MemoryType } from "./types.ts";

export interface SpecialType {
  readonly name: string;
  readonly type: Bytes;
  /** The structure that the kernel knows it by. */
  readonly struct: string;
  readonly member: string;
}

const special: readonly SpecialType[] = [
  { name: "spinLock", type: spinLock as unknown as Bytes, struct: "bpf_spin_lock", member: "val" },
  { name: "timer", type: timer as unknown as Bytes, struct: "bpf_timer", member: "__opaque" },
];

/** The type of that name in the language. */
export function specialByName(name: string): SpecialType | undefined {
  return special.find((row) => row.name === name);
}

/** What a type is to the kernel, if it is one of these. */
export function specialOf(type: { readonly kind: string }): SpecialType | undefined {
  return special.find((row) => row.type === type);
}

/** Whether there is such a field in a type, at any depth. */
export function holdsSpecial(type: IntegerType | MemoryType): boolean {
  if (type.kind === "struct") return type.fields.some((field) => holdsSpecial(field.type as IntegerType | MemoryType));
  if (type.kind === "array") return holdsSpecial(type.element as IntegerType | MemoryType);
  return specialOf(type) !== undefined;
}
