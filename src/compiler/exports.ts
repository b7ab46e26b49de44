/** What a collection consists of: the programs, maps and configuration that the entry module exports. */

import type { LogSpec } from "../spec/index.ts";
import type { ConfigEntity, GlobalEntity, MapEntity, ProgramEntity, SubprogramEntity } from "./entity.ts";
import { globalOffset } from "./globals.ts";
import type { Routine } from "./ir.ts";
import type { Module } from "./module.ts";
import { problem } from "./problem.ts";
import type { FunctionNode } from "./syntax.ts";
import type { MemoryType } from "./types.ts";

/** What is exported, and, as programs are lowered, what they use beside it. */
export interface Uses {
  readonly maps: Set<MapEntity>;
  /** Where each value stands in the configuration. */
  readonly configs: Map<ConfigEntity, number>;
  /** Where each variable stands among the global ones. */
  readonly globals: Map<GlobalEntity, number>;
  /** What programs send to each ring buffer. */
  readonly records: Map<MapEntity, Set<MemoryType>>;
  /** Functions that something calls. */
  readonly functions: Set<FunctionNode>;
  /** The routines of the subprograms that the current program calls. */
  readonly subprograms: Map<SubprogramEntity, Routine | "in progress">;
  /** Functions of the kernel of which a program asks whether they are there. */
  readonly optional: Set<string>;
  /** What each `console.log` says. */
  readonly logs: LogSpec[];
}

/** What nothing has used anything of. */
export function noUses(): Uses {
  return {
    maps: new Set(),
    configs: new Map(),
    globals: new Map(),
    records: new Map(),
    functions: new Set(),
    subprograms: new Map(),
    optional: new Set(),
    logs: [],
  };
}

export function collect(entry: Module): { programs: ProgramEntity[]; uses: Uses } {
  const programs: ProgramEntity[] = [];
  const uses = noUses();
  const start = entry.place({ start: 0, end: 0 });
  for (const local of entry.exports.values()) {
    const entity = entry.value(local, start);
    if (entity?.kind === "program") programs.push(entity);
    else if (entity?.kind === "map") uses.maps.add(entity);
    else if (entity?.kind === "config") configOffset(uses, entity);
    else if (entity?.kind === "global") globalOffset(uses.globals, entity);
  }
  if (programs.length > 0) return { programs, uses };
  throw problem("mistake", start, "this module exports no program", "export one: `export const name = tpBtf(…)`");
}

/** Adds the maps that maps hold from the start; a program that one holds must be exported. */
export function collectContents({ maps }: Uses, programs: readonly ProgramEntity[]): void {
  // Maps that are added on the way are visited too.
  for (const map of maps) {
    for (const content of map.contents?.() ?? []) {
      if (content.kind === "map") maps.add(content);
      else if (!programs.some(({ name }) => name === content.name)) {
        throw problem("mistake", map.place, `${map.name} holds ${content.name}, which this module does not export`);
      }
    }
  }
}

/** Notes that records of a type are sent to a ring buffer. */
export function noteRecord({ records }: Uses, map: MapEntity, type: MemoryType): void {
  records.set(map, (records.get(map) ?? new Set()).add(type));
}

/** Where a value stands in the configuration: behind those that are there, aligned to its size. */
export function configOffset({ configs }: Uses, entity: ConfigEntity): number {
  const known = configs.get(entity);
  if (known !== undefined) return known;
  const { sizeBytes } = entity.type;
  const end = Math.max(0, ...[...configs].map(([{ type }, offset]) => offset + type.sizeBytes));
  const offset = Math.ceil(end / sizeBytes) * sizeBytes;
  configs.set(entity, offset);
  return offset;
}
