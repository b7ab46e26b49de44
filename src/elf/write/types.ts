/** The types of an object: those of the collection under their own ids, and those that libbpf finds maps and values by. */

import {
  type Btf,
  type BtfBuilder,
  type BtfSection,
  type BtfType,
  createBtfBuilder,
  readBtf,
} from "../../btf/index.ts";
import { InputError } from "../../errors/error.ts";
import type { CollectionSpec, MapSpec, ProgramSpec } from "../../spec/collection.ts";
import { mapTypes } from "../../spec/map-types.ts";

/** The types, and what the rest of the file must agree with. */
export interface ObjectTypes {
  /** The offset of a string, which is added where it is not there yet. */
  string(text: string): number;
  /** The section `.BTF`, when all strings are added. */
  encode(): Uint8Array;
  /** How many bytes the definition of each map takes in `.maps`, in order; entries stand in the last part. */
  readonly definitions: readonly { readonly map: MapSpec; readonly offset: number; readonly sizeBytes: number }[];
}

type Variables = BtfSection["variables"];

/** Adds to the collection's types what the object needs; `definedMaps` are those that stand in `.maps`. */
export function objectTypes(spec: CollectionSpec, definedMaps: readonly MapSpec[]): ObjectTypes {
  const btf = readBtf(spec.btf);
  const builder = createBtfBuilder();
  for (let id = 1; id < btf.count; id++) builder.reserve();
  const definer = new MapDefiner(builder);
  const sections = new Map<string, Variables>();

  let offset = 0;
  const definitions = definedMaps.map((map) => {
    const { typeId, sizeBytes } = definer.define(map);
    const place = { map, offset, sizeBytes, typeId };
    offset += sizeBytes;
    return place;
  });
  const variable = (name: string, type: number, linkage: "global" | "extern" = "global") =>
    builder.add({ kind: "var", name, type, linkage });
  sections.set(
    ".maps",
    definitions.map(({ map, offset, sizeBytes, typeId }) => ({ type: variable(map.name, typeId), offset, sizeBytes })),
  );
  const ints = new Integers(builder);
  if (btf.find(".rodata", "datasec") === undefined) {
    const constants = spec.config.map(({ name, offset, sizeBytes, signed }) => {
      const type = builder.add({
        kind: "const",
        type: builder.add({ kind: "volatile", type: ints.of(sizeBytes, signed) }),
      });
      return { type: variable(name, type), offset, sizeBytes };
    });
    sections.set(
      ".rodata",
      constants.sort((one, other) => one.offset - other.offset),
    );
  }
  /** Variables that the kernel gives: those the collection has types of, and new ones. */
  const declared = new Set<number>();
  const declare = (name: string, newType: () => number): number => {
    const known = btf.find(name, "var");
    if (known === undefined) return variable(name, newType(), "extern");
    declared.add(known);
    return known;
  };
  const configs = (spec.kernelConfig ?? []).map(({ name, offset, sizeBytes }) => {
    const type = declare(name, () => (sizeBytes === 1 ? ints.boolean() : ints.of(sizeBytes, false)));
    return { type, offset, sizeBytes };
  });
  sections.set(".kconfig", configs);
  const { functions, symbols } = externsOf(spec, btf, (name) => declare(name, () => 0));
  sections.set(
    ".ksyms",
    [...functions, ...symbols].map((type) => ({ type, offset: 0, sizeBytes: 0 })),
  );

  const untyped = new Set(
    spec.programs.flatMap(({ kernelSymbols = [] }) =>
      kernelSymbols.flatMap(({ name, typed }) => (typed ? [] : [name])),
    ),
  );
  for (let id = 1; id < btf.count; id++) {
    const type = btf.type(id);
    const variables = type.kind === "datasec" ? sections.get(type.name) : undefined;
    if (variables !== undefined && variables.length > 0 && type.kind === "datasec") {
      builder.define(id, sectionType(type.name, variables, spec));
      sections.delete(type.name);
    } else if (type.kind === "func" && functions.includes(id)) {
      builder.define(id, { ...type, linkage: "extern" });
    } else if (type.kind === "var" && declared.has(id)) {
      builder.define(id, { ...type, linkage: "extern", ...(untyped.has(type.name) && { type: 0 }) });
    } else {
      builder.define(id, type);
    }
  }
  for (const [name, variables] of sections) if (variables.length > 0) builder.add(sectionType(name, variables, spec));
  return { encode: builder.encode, string: builder.string, definitions };
}

/** A section is as large as the map it becomes, which may end in padding. */
function sectionType(name: string, variables: Variables, { maps }: CollectionSpec): BtfType {
  const end = Math.max(...variables.map(({ offset, sizeBytes }) => offset + sizeBytes));
  const sizeBytes = maps.find((map) => map.name === name)?.valueSizeBytes ?? end;
  return { kind: "datasec", name, sizeBytes, variables };
}

/** Ids of the functions and variables that the kernel gives. */
function externsOf(
  spec: CollectionSpec,
  btf: Btf,
  declare: (name: string) => number,
): { readonly functions: readonly number[]; readonly symbols: readonly number[] } {
  const names = <Key extends "kernelFunctions" | "kernelSymbols">(key: Key) =>
    unique(spec.programs.flatMap((program): readonly { name: string }[] => (program as ProgramSpec)[key] ?? []));
  const functions = names("kernelFunctions").map((name) => {
    const id = btf.find(name, "func");
    if (id !== undefined) return id;
    throw new InputError(
      "ELF_NO_TYPE",
      `${spec.name} calls the kernel's ${name}, whose type it does not have: an object needs it`,
    );
  });
  const called = new Set(names("kernelFunctions"));
  const symbols = names("kernelSymbols").filter((name) => !called.has(name));
  return { functions, symbols: symbols.map(declare) };
}

function unique(records: readonly { readonly name: string }[]): string[] {
  return [...new Set(records.map(({ name }) => name))];
}

class Integers {
  readonly #builder: BtfBuilder;

  constructor(builder: BtfBuilder) {
    this.#builder = builder;
  }

  of(sizeBytes: number, signed: boolean): number {
    const name = `${signed ? "i" : "u"}${sizeBytes * 8}`;
    return this.#builder.add({ kind: "int", name, sizeBytes, encoding: signed ? "signed" : "unsigned" });
  }

  boolean(): number {
    return this.#builder.add({ kind: "int", name: "_Bool", sizeBytes: 1, encoding: "bool" });
  }
}

/** Bytes of a pointer: every attribute of a definition is one. */
const pointerBytes = 8;

/** Definitions as libbpf's macros `__uint`, `__type` and `__array` make them. */
class MapDefiner {
  readonly #builder: BtfBuilder;
  readonly #int: number;

  constructor(builder: BtfBuilder) {
    this.#builder = builder;
    this.#int = builder.add({ kind: "int", name: "int", sizeBytes: 4, encoding: "signed" });
  }

  define(map: MapSpec): { readonly typeId: number; readonly sizeBytes: number } {
    const attributes = this.#attributes(map);
    const entries = map.entries?.length ? Math.max(...map.entries.map(({ index }) => index)) + 1 : 0;
    const members = attributes.map(([name, type], index) => ({ name, type, bitOffset: index * pointerBytes * 8 }));
    const definition = attributes.length * pointerBytes;
    const values = map.inner === undefined && entries === 0 ? undefined : this.#values(map);
    if (values !== undefined) members.push({ name: "values", type: values, bitOffset: definition * 8 });
    const typeId = this.#builder.add({ kind: "struct", name: "", sizeBytes: definition, members });
    return { typeId, sizeBytes: definition + entries * pointerBytes };
  }

  #attributes(map: MapSpec): [string, number][] {
    const number = (name: string, value: number): [string, number][] =>
      value === 0 ? [] : [[name, this.#number(value)]];
    const part = (name: "key" | "value", typeId: number, sizeBytes: number) =>
      typeId === 0 ? number(`${name}_size`, sizeBytes) : ([[name, this.#pointer(typeId)]] as [string, number][]);
    return [
      ...number("type", mapTypes[map.type]),
      ...number("max_entries", map.maxEntries),
      ...number("map_flags", map.flags),
      ...number("map_extra", map.extra ?? 0),
      ...number("pinning", map.pinned ? 1 : 0),
      ...part("key", map.keyTypeId, map.keySizeBytes),
      ...(map.inner === undefined ? part("value", map.valueTypeId, map.valueSizeBytes) : []),
    ];
  }

  /** An array without a length, as in C: what stands in it lies behind the struct. */
  #values(map: MapSpec): number {
    const prototype = () => this.#builder.add({ kind: "funcProto", returns: this.#int, parameters: [] });
    const pointed = map.inner === undefined ? prototype() : this.define(map.inner).typeId;
    return this.#builder.add({ kind: "array", element: this.#pointer(pointed), index: this.#int, length: 0 });
  }

  #number(value: number): number {
    const array = this.#builder.add({ kind: "array", element: this.#int, index: this.#int, length: value });
    return this.#pointer(array);
  }

  #pointer(type: number): number {
    return this.#builder.add({ kind: "ptr", type });
  }
}
