/** Global variables: where each stands in the memory that a collection's programs share. */

import type { GlobalSpec, MapSpec } from "../spec/index.ts";
import { mapFlags } from "../spec/index.ts";
import type { CollectionTypes } from "./collection-types.ts";
import type { GlobalEntity } from "./entity.ts";
import { constant, schema } from "./evaluate.ts";
import { holds } from "./lower/integers.ts";
import type { Module } from "./module.ts";
import { problem } from "./problem.ts";
import { argumentsOf, type CallExpression } from "./syntax.ts";

/** The one-entry map that holds them, under the name that libbpf knows. */
export const globalMap = ".data";

export function declareGlobal(module: Module, name: string, node: CallExpression): GlobalEntity {
  const given = argumentsOf(module.file, node);
  const place = module.place(node);
  if (given.length < 1 || given.length > 2)
    throw problem("mistake", place, "global takes a type, and a number's value");
  const type = schema(module, given[0]!);
  if (type.kind !== "integer") {
    if (given.length === 1) return { kind: "global", name, type, initial: 0n, place };
    throw problem("notYet", module.place(given[1]!), "only numbers have a value to begin with; all else is zero");
  }
  if (given.length === 1) throw problem("mistake", place, "a number has a value to begin with");
  const { value, wide } = constant(module, given[1]!);
  if (wide !== (type.sizeBytes === 8) || !holds(type, value)) {
    throw problem("mistake", module.place(given[1]!), `${value}${wide ? "n" : ""} is no ${type.name}`);
  }
  return { kind: "global", name, type, initial: value, place };
}

/** Where a variable stands: behind those that are there, aligned to its type. */
export function globalOffset(globals: Map<GlobalEntity, number>, entity: GlobalEntity): number {
  const known = globals.get(entity);
  if (known !== undefined) return known;
  const { alignment } = entity.type;
  const offset = Math.ceil(endOf(globals) / alignment) * alignment;
  globals.set(entity, offset);
  return offset;
}

export function globalMapSpec(globals: ReadonlyMap<GlobalEntity, number>): MapSpec {
  const initial = new Uint8Array(Math.ceil(endOf(globals) / 8) * 8);
  const view = new DataView(initial.buffer);
  for (const [{ type, initial: value }, offset] of globals) {
    if (type.kind === "integer") type.write(view, offset, (type.sizeBytes === 8 ? value : Number(value)) as never);
  }
  return {
    name: globalMap,
    type: "array",
    keySizeBytes: 4,
    valueSizeBytes: initial.byteLength,
    maxEntries: 1,
    flags: mapFlags.mmapable,
    keyTypeId: 0,
    valueTypeId: 0,
    initial,
  };
}

export function globalSpecs(globals: ReadonlyMap<GlobalEntity, number>, types: CollectionTypes): GlobalSpec[] {
  return [...globals].map(([{ name, type }, offset]) => ({
    name,
    map: globalMap,
    offset,
    sizeBytes: type.sizeBytes,
    typeId: types.memory(type),
  }));
}

function endOf(globals: ReadonlyMap<GlobalEntity, number>): number {
  return Math.max(0, ...[...globals].map(([{ type }, offset]) => offset + type.sizeBytes));
}
