/** Pass 13, assemble: programs, maps, configuration and types become one collection. */

import * as isa from "../isa/index.ts";
import { hookFunctions } from "../program/hook-table.ts";
import {
  type CollectionSpec,
  type ConfigSpec,
  type HookSpec,
  type LineInfo,
  type LogSpec,
  type MapSpec,
  mapFlags,
  type ProgramSpec,
} from "../spec/index.ts";
import { CollectionTypes } from "./collection-types.ts";
import type { Code } from "./emit.ts";
import type { ConfigEntity, GlobalEntity, MapEntity, ProgramEntity } from "./entity.ts";
import { globalMapSpec, globalSpecs } from "./globals.ts";
import type { Routine } from "./ir.ts";
import { mapForms } from "./map-kinds.ts";
import { lineAndColumn } from "./source.ts";
import { integerType, type MemoryType } from "./types.ts";

export const configMap = ".rodata";

/** A routine as code. */
export interface Subprogram {
  readonly routine: Routine;
  readonly code: Code;
}

export interface Parts {
  readonly name: string;
  readonly license: string;
  /** Each program's own code comes first, that of its steps behind it. */
  readonly programs: readonly { readonly entity: ProgramEntity; readonly subprograms: readonly Subprogram[] }[];
  readonly maps: Iterable<MapEntity>;
  readonly configs: ReadonlyMap<ConfigEntity, number>;
  readonly globals: ReadonlyMap<GlobalEntity, number>;
  readonly logs: readonly LogSpec[];
  /** Functions of the kernel that need not be there. */
  readonly optional: ReadonlySet<string>;
  readonly records: ReadonlyMap<MapEntity, ReadonlySet<MemoryType>>;
}

export function assemble({
  name,
  license,
  programs,
  maps,
  configs,
  globals,
  records,
  logs,
  optional,
}: Parts): CollectionSpec {
  const types = new CollectionTypes();
  const mapSpecs = [...maps].map((map) => {
    const recordTypes = map.value !== undefined && mapForms[map.type]?.untyped ? [map.value] : (records.get(map) ?? []);
    const recordTypeIds = [...recordTypes].map((type) => types.memory(type));
    return { ...mapSpec(map, types), ...(recordTypeIds.length > 0 && { recordTypeIds }) };
  });
  const config = [...configs].map(([entity, offset]) => configSpec(entity, offset));
  if (config.length > 0) mapSpecs.push(configMapSpec(config));
  if (globals.size > 0) mapSpecs.push(globalMapSpec(globals));
  const programSpecs = programs.map(({ entity, subprograms }) => programSpec(entity, subprograms, optional, types));
  return {
    name,
    license,
    maps: mapSpecs,
    config,
    ...(logs.length > 0 && { logs }),
    ...(globals.size > 0 && { globals: globalSpecs(globals, types) }),
    programs: programSpecs,
    btf: types.builder.encode(),
  };
}

function mapSpec(map: MapEntity, types: CollectionTypes): MapSpec {
  const { name, type, key, value, inner, hashes, maxEntries, mmapable } = map;
  const form = mapForms[type] ?? {};
  const keyType = key ?? integerType(form.owned ? "i32" : "u32");
  const contents = map.contents?.();
  return {
    name,
    type,
    keySizeBytes: key === undefined ? (form.keyBytes ?? 4) : key.sizeBytes,
    valueSizeBytes: value?.sizeBytes ?? (map.depth === undefined ? form.valueBytes! : 8 * map.depth),
    maxEntries,
    flags: (form.flags ?? 0) | (mmapable ? mapFlags.mmapable : 0),
    keyTypeId: form.untyped ? 0 : types.memory(keyType),
    valueTypeId: form.untyped ? 0 : types.memory(value!),
    ...(hashes && { extra: hashes }),
    ...(inner && { inner: mapSpec(inner, types) }),
    ...(contents && { entries: contents.map((content, index) => ({ index, name: content.name })) }),
  };
}

function configSpec({ name, type, initial }: ConfigEntity, offset: number): ConfigSpec {
  return { name, offset, sizeBytes: type.sizeBytes as 1 | 2 | 4 | 8, signed: type.signed, initial };
}

function configMapSpec(config: readonly ConfigSpec[]): MapSpec {
  const end = Math.max(...config.map(({ offset, sizeBytes }) => offset + sizeBytes));
  return {
    name: configMap,
    type: "array",
    keySizeBytes: 4,
    valueSizeBytes: Math.ceil(end / 8) * 8,
    maxEntries: 1,
    flags: mapFlags.readOnlyInProgram,
    keyTypeId: 0,
    valueTypeId: 0,
  };
}

function programSpec(
  entity: ProgramEntity,
  subprograms: readonly Subprogram[],
  optional: ReadonlySet<string>,
  types: CollectionTypes,
): ProgramSpec {
  const starts = startsOf(subprograms);
  const code = link(
    subprograms.flatMap((subprogram) => subprogram.code),
    starts,
  );
  const slots = slotsOf(code);
  return {
    name: entity.name,
    hook: hookSpec(entity),
    code: isa.encode(code.map(({ instruction }) => instruction)),
    maps: code.flatMap(({ map }, index) => {
      if (map === undefined) return [];
      const valueOffset = map.valueOffset === undefined ? {} : { valueOffset: map.valueOffset };
      return [{ slot: slots[index]!, map: map.name, ...valueOffset }];
    }),
    relocations: code.flatMap(({ relocation }, index) => {
      if (relocation === undefined) return [];
      const { kind, access } = relocation;
      return [{ slot: slots[index]!, kind, typeId: types.root(relocation), access }];
    }),
    functions: [...starts].map(([{ role, name }, slot]) => ({
      slot,
      typeId: role.kind === "program" ? types.program(entity.name) : types.routine(name, role),
    })),
    ...kernelReferences(code, slots, optional, types),
    lines: linesOf(code, slots, new Set(starts.values()), types),
  };
}

/** What the code takes from the kernel by name. */
function kernelReferences(
  code: Code,
  slots: readonly number[],
  optional: ReadonlySet<string>,
  types: CollectionTypes,
): Pick<ProgramSpec, "kernelFunctions" | "kernelSymbols"> {
  const kernelFunctions = code.flatMap(({ kernelFunction }, index) => {
    if (kernelFunction === undefined) return [];
    const { name } = kernelFunction;
    types.kernelFunction(kernelFunction);
    return [{ slot: slots[index]!, name, weak: optional.has(name) }];
  });
  const kernelSymbols = code.flatMap(({ kernelSymbol: name }, index) =>
    name === undefined ? [] : [{ slot: slots[index]!, name, weak: true, typed: true }],
  );
  return {
    ...(kernelFunctions.length > 0 && { kernelFunctions }),
    ...(kernelSymbols.length > 0 && { kernelSymbols }),
  };
}

function hookSpec({ hook, target, map, defined }: ProgramEntity): HookSpec {
  const { hook: kind } = hookFunctions[hook];
  return { kind, target, ...(map && { map: map.name }), ...(defined && { defined: defined.spec }) };
}

/** The slot at which each routine begins. */
function startsOf(subprograms: readonly Subprogram[]): Map<Routine, number> {
  let slot = 0;
  return new Map(
    subprograms.map(({ routine, code }) => {
      const start = slot;
      slot += code.reduce((sum, { instruction }) => sum + isa.slotsOf(instruction), 0);
      return [routine, start];
    }),
  );
}

/** Fills in the distance to each routine that is called or whose address is taken. */
function link(code: Code, starts: ReadonlyMap<Routine, number>): Code {
  const slots = slotsOf(code);
  return code.map((emitted, index) => {
    if (emitted.routine === undefined) return emitted;
    const distance = starts.get(emitted.routine)! - slots[index]! - 1;
    const { instruction } = emitted;
    const linked = isa.isCall(instruction) ? isa.callLocal(distance) : isa.loadFunction(instruction.dst, distance);
    return { ...emitted, instruction: linked };
  });
}

function slotsOf(code: Code): number[] {
  let slot = 0;
  return code.map(({ instruction }) => {
    slot += isa.slotsOf(instruction);
    return slot - isa.slotsOf(instruction);
  });
}

/** One entry wherever the line changes or a routine begins. The kernel holds columns below 1024. */
function linesOf(
  code: Code,
  slots: readonly number[],
  starts: ReadonlySet<number>,
  { builder }: CollectionTypes,
): LineInfo[] {
  const lines: LineInfo[] = [];
  let previous = "";
  for (const [index, { place }] of code.entries()) {
    const { line, column, text } = lineAndColumn(place);
    const key = `${place.file.path}:${line}`;
    if (key === previous && !starts.has(slots[index]!)) continue;
    previous = key;
    lines.push({
      slot: slots[index]!,
      fileNameOffset: builder.string(place.file.path),
      textOffset: builder.string(text.trim()),
      line,
      column: Math.min(column, 1023),
    });
  }
  return lines;
}
