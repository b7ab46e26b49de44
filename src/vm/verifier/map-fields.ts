/** Fields of a map's value that only helpers touch. */

import { type Btf, skipModifiers } from "../../btf/index.ts";
import type { MapSpec } from "../../spec/index.ts";

export interface SpecialField {
  readonly kind: "spinLock" | "timer" | "other";
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

const kinds: Readonly<Record<string, SpecialField["kind"]>> = {
  bpf_spin_lock: "spinLock",
  bpf_timer: "timer",
  bpf_res_spin_lock: "other",
  bpf_wq: "other",
  bpf_task_work: "other",
  bpf_list_head: "other",
  bpf_rb_root: "other",
  bpf_refcount: "other",
};

const known = new WeakMap<MapSpec, readonly SpecialField[]>();

/** Those of a map's values, from their type. */
export function specialFieldsOf(map: MapSpec, types: Btf | undefined): readonly SpecialField[] {
  if (types === undefined || map.valueTypeId === 0) return [];
  const found = known.get(map) ?? fieldsOf(types, map.valueTypeId, 0, 0);
  known.set(map, found);
  return found;
}

function fieldsOf(types: Btf, id: number, base: number, depth: number): SpecialField[] {
  const { type } = skipModifiers(types, id);
  if (type.kind === "struct") {
    const kind = kinds[type.name];
    if (kind !== undefined) return [{ kind, name: type.name, offset: base, sizeBytes: type.sizeBytes }];
  }
  if (depth > 4 || (type.kind !== "struct" && type.kind !== "union")) return [];
  return type.members.flatMap((member) => fieldsOf(types, member.type, base + member.bitOffset / 8, depth + 1));
}
