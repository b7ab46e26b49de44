/** Fields of values that only the kernel works on: an update leaves a lock as it is, and stops a timer. */

import { type Btf, skipModifiers } from "../../btf/index.ts";

/** Where such a field lies in a value. */
export interface SpecialField {
  readonly kind: "spinLock" | "timer";
  readonly offset: number;
  readonly sizeBytes: number;
}

const kinds = new Map<string, Omit<SpecialField, "offset">>([
  ["bpf_spin_lock", { kind: "spinLock", sizeBytes: 4 }],
  ["bpf_timer", { kind: "timer", sizeBytes: 16 }],
]);

/** The special fields of the type `typeId`, first to last. The kernel takes them at the top of a value only. */
export function specialFieldsOf(btf: Btf, typeId: number): readonly SpecialField[] {
  if (typeId === 0) return [];
  const { type } = skipModifiers(btf, typeId);
  if (type.kind !== "struct") return [];
  return type.members
    .flatMap((member) => {
      const { type: held } = skipModifiers(btf, member.type);
      const found = held.kind === "struct" ? kinds.get(held.name) : undefined;
      return found === undefined ? [] : [{ ...found, offset: member.bitOffset / 8 }];
    })
    .sort((one, other) => one.offset - other.offset);
}
