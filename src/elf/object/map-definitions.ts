/** Maps defined by types: `struct { __uint(type, …); __type(key, …); } name SEC(".maps")` (`parse_btf_map_def` of libbpf). */

import { type Btf, type BtfMember, type BtfType, sizeOf, skipModifiers } from "../../btf/index.ts";
import type { MapEntrySpec, MapSpec } from "../../spec/collection.ts";
import { type MapTypeName, mapTypeNames } from "../../spec/map-types.ts";
import type { ElfSection } from "../read.ts";
import type { BpfObject } from "./object.ts";

/** A map, and where its definition is in the section `.maps`. */
export interface DefinedMap {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly spec: MapSpec;
}

/** The section that definitions stand in. */
export const mapsSection = ".maps";

/** Types of maps that the kernel refuses key and value types for. */
const withoutTypes = new Set<MapTypeName>([
  ...([
    "perfEventArray",
    "cgroupArray",
    "stackTrace",
    "arrayOfMaps",
    "hashOfMaps",
    "deviceMap",
    "deviceMapHash",
  ] as const),
  ...(["cpuMap", "xdpSocketMap", "socketMap", "socketHash", "queue", "stack", "arena", "programArray"] as const),
  ...(["ringBuffer", "userRingBuffer", "bloomFilter"] as const),
]);

/** `LIBBPF_PIN_BY_NAME`. */
const pinByName = 1;

/** The maps of the object's `.maps`. */
export function readMapDefinitions(object: BpfObject, section: ElfSection, btf: Btf): DefinedMap[] {
  const id = btf.find(mapsSection, "datasec");
  const types = id === undefined ? undefined : btf.type(id);
  if (types?.kind !== "datasec") object.fail("ELF_BAD_MAP", `${mapsSection} has no types: build the object with -g`);
  const symbols = new Map(object.symbolsIn(section).map((symbol) => [symbol.name, symbol]));
  const maps = (types as Extract<BtfType, { kind: "datasec" }>).variables.map(({ type }) => {
    const variable = btf.type(type);
    if (variable.kind !== "var")
      return object.fail("ELF_BAD_MAP", `${mapsSection} holds something else than variables`);
    const symbol = symbols.get(variable.name);
    if (symbol === undefined) return object.fail("ELF_BAD_MAP", `the map ${variable.name} has no symbol`);
    const spec = readDefinition(object, btf, variable.name, variable.type, 0);
    return { offset: Number(symbol.value), sizeBytes: symbol.sizeBytes, spec, type: variable.type };
  });
  return fillEntries(object, section, btf, maps);
}

function readDefinition(object: BpfObject, btf: Btf, name: string, typeId: number, depth: number): MapSpec {
  const fail = (message: string): never => object.fail("ELF_BAD_MAP", `the map ${name} ${message}`);
  const { type } = skipModifiers(btf, typeId);
  if (type.kind !== "struct") return fail("is not defined by a struct");
  const members = new Map(type.members.map((member) => [member.name, member]));
  for (const { name: member } of type.members) {
    if (!attributes.has(member)) fail(`has the attribute ${member}, which Tarsier does not know`);
  }
  const number = (attribute: string): number => {
    const member = members.get(attribute);
    return member === undefined
      ? 0
      : (numberOf(btf, member) ?? fail(`has an attribute ${attribute} that is no number`));
  };
  /** What `__type(key, …)` points to, and its size. */
  const part = (attribute: "key" | "value", sizeAttribute: string) => {
    const member = members.get(attribute);
    if (member === undefined) return { typeId: 0, sizeBytes: number(sizeAttribute) };
    const pointer = skipModifiers(btf, member.type).type;
    const typeId = pointer.kind === "ptr" ? pointer.type : fail(`has an attribute ${attribute} that is no type`);
    const sizeBytes = sizeOf(btf, typeId) ?? fail(`has a ${attribute} without a size`);
    return { typeId, sizeBytes };
  };

  const kind = mapTypeNames.get(number("type")) ?? fail(`is of type ${number("type")}, which Tarsier does not know`);
  if (kind === "structOps") fail("is of struct_ops, which are not supported yet");
  if (number("numa_node") !== 0) fail("asks for a NUMA node, which is not supported yet");
  const key = part("key", "key_size");
  const value = part("value", "value_size");
  const extra = number("map_extra");
  const values = members.get("values");
  const isOfMaps = kind === "arrayOfMaps" || kind === "hashOfMaps";
  const inner = isOfMaps && values !== undefined ? innerOf(btf, values) : undefined;
  if (inner !== undefined && depth > 0) fail("holds maps of maps of maps");
  const referring = isOfMaps || kind === "programArray";
  const typed = !withoutTypes.has(kind);
  return {
    name,
    type: kind,
    keySizeBytes: key.sizeBytes || (referring ? 4 : 0),
    valueSizeBytes: value.sizeBytes || (referring ? 4 : 0),
    maxEntries: number("max_entries"),
    flags: number("map_flags"),
    keyTypeId: typed ? key.typeId : 0,
    valueTypeId: typed ? value.typeId : 0,
    ...(extra !== 0 && { extra }),
    ...(inner !== undefined && { inner: readDefinition(object, btf, `${name}.inner`, inner, depth + 1) }),
    ...(number("pinning") === pinByName && { pinned: true }),
  };
}

const attributes = new Set([
  ...["type", "max_entries", "map_flags", "map_extra", "numa_node", "pinning"],
  ...["key", "key_size", "value", "value_size", "values"],
]);

/** `__uint(name, n)` is a pointer to an array of `n`; `__ulong(name, n)` an enum of one value. */
function numberOf(btf: Btf, { type: id }: BtfMember): number | undefined {
  const { type } = skipModifiers(btf, id);
  if (type.kind === "enum" || type.kind === "enum64") return Number(type.values[0]?.value ?? 0n);
  if (type.kind !== "ptr") return undefined;
  const array = skipModifiers(btf, type.type).type;
  return array.kind === "array" ? array.length : undefined;
}

/** `__array(values, struct { … })` is an array of pointers to the definition of the maps inside. */
function innerOf(btf: Btf, { type: id }: BtfMember): number | undefined {
  const array = skipModifiers(btf, id).type;
  if (array.kind !== "array") return undefined;
  const pointer = skipModifiers(btf, array.element).type;
  return pointer.kind === "ptr" ? pointer.type : undefined;
}

/** What stands in `.values` of a definition are relocations against maps or programs. */
function fillEntries(
  object: BpfObject,
  section: ElfSection,
  btf: Btf,
  maps: readonly (DefinedMap & { readonly type: number })[],
): DefinedMap[] {
  const entries = new Map<DefinedMap, MapEntrySpec[]>();
  for (const { offset, symbol } of object.relocationsOf(section).values()) {
    const map = maps.find((one) => offset >= one.offset && offset < one.offset + one.sizeBytes);
    const definition = map && skipModifiers(btf, map.type).type;
    const values = definition?.kind === "struct" ? definition.members.find(({ name }) => name === "values") : undefined;
    if (map === undefined || values === undefined) {
      return object.fail("ELF_BAD_MAP", `${mapsSection} refers to something at ${offset}, where no map holds values`);
    }
    const index = (offset - map.offset - values.bitOffset / 8) / 8;
    if (!Number.isInteger(index) || index < 0) {
      object.fail("ELF_BAD_MAP", `the map ${map.spec.name} refers to something outside its values`);
    }
    const of = entries.get(map) ?? [];
    entries.set(map, of);
    of.push({ index, name: object.symbols.at(symbol).name });
  }
  return maps.map((map) => {
    const { offset, sizeBytes, spec } = map;
    const own = entries.get(map)?.sort((one, other) => one.index - other.index);
    return { offset, sizeBytes, spec: own === undefined ? spec : { ...spec, entries: own } };
  });
}
