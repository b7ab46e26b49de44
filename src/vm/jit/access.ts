/**
 * Loads and stores of compiled programs, and their checks. Outside of loops a check reads the table of objects. Inside it compares
 * with what the last access of its family found there, and reads the table only when that does not fit: a family is all accesses of one
 * size by the same value.
 */

import { frameBytes, objectTableAt, row } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";
import type { Graph } from "./graph.ts";
import { checkKinds, globals, pushRow } from "./runtime.ts";
import { emitFailure, type Tier, type Translation } from "./translate.ts";
import type { Access, FunctionValues, Value } from "./values.ts";
import type { Code } from "./wasm.ts";

/** What was found for a family: the pointer to the object's first byte, and behind how many bytes an access would not fit. */
export interface Family {
  readonly first: number;
  readonly limit: number;
}

/** Families by the slot of an access. */
export type FunctionFamilies = ReadonlyMap<number, Family>;

/** Families for the accesses in loops that need a check. */
export function accessesOf(
  program: LinkedProgram,
  graph: Graph,
  { accesses }: FunctionValues,
  tier: Tier,
  out: Code,
): FunctionFamilies {
  const families = new Map<number, Family>();
  if (tier !== "exact") return families;
  const byName = new Map<string, Family>();
  const inLoops = new Set([...graph.loops.values()].flatMap((loop) => [...loop]));
  for (const order of graph.isReducible ? inLoops : graph.blocks.keys()) {
    const { first, end } = graph.blocks[order]!;
    for (let slot = first; slot < end; slot++) {
      const access = accesses.get(slot);
      if (access === undefined || access.isProven || program.readsKernelMemory) continue;
      const name = `${familyOf(access.base, access.register)}:${access.sizeBytes}:${access.writes}`;
      const family = byName.get(name) ?? { first: out.local("i64"), limit: out.local("i64") };
      byName.set(name, family);
      families.set(slot, family);
    }
  }
  return families;
}

const familyOf = (base: Value, register: number) => (base.kind === "symbol" ? `s${base.symbol}` : `r${register}`);

/** Forgets what was found: objects may have been freed. */
export function forgetFamilies({ out, families }: Translation): void {
  for (const { limit } of new Set(families.values())) {
    out.i64(0, 0);
    out.set(limit);
  }
}

/**
 * Pushes the address of an access, checked; what is returned is the offset that the load or store adds. When the check fails the
 * function ends, or, with `otherwise`, that is done in its place.
 */
export function emitAddress(translation: Translation, access: Access): number {
  const { out, locals, tier } = translation;
  const { base, offset, register } = access;
  if (base.kind === "frame" && access.isProven) {
    out.get(locals.frame);
    return frameBytes + base.offset + offset;
  }
  const pointer = locals.registers[register]!;
  if (tier === "verified" || access.isProven) {
    out.get(pointer);
    out.op("i32.wrap_i64");
    if (offset >= 0 && tier === "verified") return offset;
    addWord(out, offset);
    return 0;
  }
  pushPointer(translation, access);
  out.set(locals.pointer);
  const family = translation.families.get(access.slot);
  if (family === undefined) emitFails(translation, access);
  else {
    out.get(locals.pointer);
    out.get(family.first);
    out.op("i64.sub");
    out.get(family.limit);
    out.op("i64.ge_u");
  }
  out.if();
  emitCheck(translation, access.slot, access.sizeBytes, access.writes ? checkKinds.store : checkKinds.load);
  out.op("i32.eqz");
  out.if();
  emitFailure(translation);
  out.close();
  if (family !== undefined) {
    out.globalGet(globals.first);
    out.set(family.first);
    out.globalGet(globals.limit);
    out.set(family.limit);
  }
  out.close();
  out.get(locals.pointer);
  out.op("i32.wrap_i64");
  return 0;
}

/** Pushes whether the check of `locals.pointer` fails, by the table. */
export function emitFails(
  { out, locals, objectCapacity }: Translation,
  access: Pick<Access, "sizeBytes" | "writes">,
): void {
  pushRow(out, locals.pointer, objectCapacity);
  out.set(locals.word);
  out.get(locals.word);
  out.memory("i64.load32_u", objectTableAt + (access.writes ? row.writable : row.length));
  out.i64(access.sizeBytes, 0);
  out.op("i64.sub");
  out.get(locals.pointer);
  out.get(locals.word);
  out.memory("i64.load", objectTableAt + row.first);
  out.op("i64.sub");
  out.tee(locals.distance);
  out.op("i64.sub");
  out.get(locals.distance);
  out.op("i64.or");
  out.i64(0, 0);
  out.op("i64.lt_s");
}

/** Pushes the answer of `check` for `locals.pointer`. */
export function emitCheck({ out, locals, indexes }: Translation, slot: number, bytes: number, kind: number): void {
  out.get(locals.pointer);
  out.i32(bytes);
  out.i32(slot);
  out.i32(kind);
  out.call(indexes.check);
}

/** Pushes the pointer that an access names, all 64 bits of it. */
export function pushPointer(
  { out, locals }: Translation,
  { register, offset }: Pick<Access, "register" | "offset">,
): void {
  out.get(locals.registers[register]!);
  if (offset === 0) return;
  out.i64(offset, offset >> 31);
  out.op("i64.add");
}

function addWord(out: Code, offset: number): void {
  if (offset === 0) return;
  out.i32(offset);
  out.op("i32.add");
}
