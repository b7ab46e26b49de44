/** What programs that take the place of others find in their maps: what those left, where name and shape are the same. */

import { type Btf, readBtf, skipModifiers } from "../btf/index.ts";
import type { MapSpec, MapTypeName } from "../spec/index.ts";
import { type Sandbox, sandboxMapBytes } from "../vm/index.ts";
import { dataMap } from "./named-parts.ts";

const keyed: ReadonlySet<MapTypeName> = new Set([
  ...(["hash", "lruHash", "perCpuHash", "lruPerCpuHash", "array", "perCpuArray", "lpmTrie"] as const),
]);

/** Copies entries and global variables; the names of the maps that were carried over. */
export function carryMaps(from: Sandbox, to: Sandbox): string[] {
  const [oldTypes, newTypes] = [readBtf(from.spec.btf), readBtf(to.spec.btf)];
  const carried: string[] = [];
  for (const [name, map] of to.maps) {
    const old = from.maps.get(name);
    if (old === undefined || dataMap.test(name) || !isAlike(old.spec, oldTypes, map.spec, newTypes)) continue;
    const [source, target] = [sandboxMapBytes(old, from.machine), sandboxMapBytes(map, to.machine)];
    if (keyed.has(map.spec.type)) {
      for (const key of source.keys()) {
        const value = source.get(key);
        if (value !== undefined) target.set(key, value);
      }
    } else if (map.spec.type === "queue" || map.spec.type === "stack") {
      const values: Uint8Array[] = [];
      const none = new Uint8Array();
      for (let value = source.take(none); value !== undefined; value = source.take(none)) values.push(value);
      if (map.spec.type === "stack") values.reverse();
      for (const value of values) target.set(none, value);
    } else continue;
    carried.push(name);
  }
  carryGlobals(from, oldTypes, to, newTypes);
  return carried;
}

function carryGlobals(from: Sandbox, oldTypes: Btf, to: Sandbox, newTypes: Btf): void {
  for (const { name, map, offset, sizeBytes, typeId } of to.spec.globals ?? []) {
    const old = from.spec.globals?.find((global) => global.name === name);
    if (old === undefined || old.sizeBytes !== sizeBytes) continue;
    if (shapeOf(oldTypes, old.typeId ?? 0) !== shapeOf(newTypes, typeId ?? 0)) continue;
    const source = from.map(old.map).mapped();
    const target = to.map(map).mapped();
    const bytes = new Uint8Array(source.buffer, source.byteOffset + old.offset, sizeBytes);
    new Uint8Array(target.buffer, target.byteOffset + offset, sizeBytes).set(bytes);
  }
}

function isAlike(old: MapSpec, oldTypes: Btf, now: MapSpec, newTypes: Btf): boolean {
  return (
    old.type === now.type &&
    old.keySizeBytes === now.keySizeBytes &&
    old.valueSizeBytes === now.valueSizeBytes &&
    old.maxEntries <= now.maxEntries &&
    shapeOf(oldTypes, old.keyTypeId) === shapeOf(newTypes, now.keyTypeId) &&
    shapeOf(oldTypes, old.valueTypeId) === shapeOf(newTypes, now.valueTypeId)
  );
}

/** What a type looks like in memory: names of members, where they stand, and of what they are. */
function shapeOf(btf: Btf, typeId: number): string {
  if (typeId === 0) return "";
  const { type } = skipModifiers(btf, typeId);
  switch (type.kind) {
    case "int":
      return `${type.name} ${type.sizeBytes} ${type.encoding}`;
    case "array":
      return `${shapeOf(btf, type.element)}[${type.length}]`;
    case "struct":
    case "union":
      return `{${type.members.map((member) => `${member.bitOffset} ${member.name}: ${shapeOf(btf, member.type)}`).join("; ")}}`;
    default:
      return type.kind;
  }
}
