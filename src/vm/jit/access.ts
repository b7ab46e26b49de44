/**
 * Loads and stores of compiled programs, and their checks. Outside of loops a check reads the table of objects. Inside it compares
 * with what the last access of its family found there, and reads the table only when that does not fit: a family is all accesses of one
 * size by pointers that seem to be of one object.
 */

import { frameBytes, objectTableAt, row } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";
import { checkKinds, globals, pushRow } from "./check.ts";
import type { Graph } from "./graph.ts";
import { emitFailure, type Tier, type Translation } from "./translation.ts";
import type { Access, FunctionValues } from "./values.ts";
import type { Code } from "./wasm.ts";

/**
 * What was found for a family: the pointer to the object's first byte, and behind how many bytes an access would not fit. Accesses of
 * several sizes by pointers with one root share the first byte.
 */
interface Family {
  readonly first: number;
  readonly limit: number;
  /** Whether the limit is of what may be written. */
  readonly writes: boolean;
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
  if (tier !== "exact" || program.readsKernelMemory) return families;
  const inLoops = new Set([...graph.loops.values()].flatMap((loop) => [...loop]));
  const wanted: Access[] = [];
  for (const order of graph.isReducible ? inLoops : graph.blocks.keys()) {
    const { first, end } = graph.blocks[order]!;
    for (let slot = first; slot < end; slot++) {
      const access = accesses.get(slot);
      if (access !== undefined && !access.isProven) wanted.push(access);
    }
  }
  const written = new Set(wanted.filter((access) => access.writes).map(nameOf));
  const firsts = new Map<string, number>();
  const limits = new Map<string, number>();
  for (const access of wanted) {
    const root = rootNameOf(access);
    const first = firsts.get(root) ?? out.local("i64");
    firsts.set(root, first);
    const limit = limits.get(nameOf(access)) ?? out.local("i64");
    limits.set(nameOf(access), limit);
    families.set(access.slot, { first, limit, writes: written.has(nameOf(access)) });
  }
  return families;
}

const rootNameOf = ({ base, register }: Access) =>
  base.kind === "symbol" ? `s${base.root ?? base.symbol}` : `r${register}`;
const nameOf = (access: Access) => `${rootNameOf(access)}:${access.sizeBytes}`;

/** Forgets what was found: objects may have been freed. */
export function forgetFamilies({ out, families }: Translation): void {
  for (const limit of new Set([...families.values()].map((family) => family.limit))) {
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
    refresh(translation, family);
  }
  out.close();
  out.get(locals.pointer);
  out.op("i32.wrap_i64");
  return 0;
}

/** Takes what `check` found. The limits of other sizes were of another object, unless it is the same. */
function refresh({ out, families }: Translation, family: Family): void {
  const others = [...families.values()].filter(({ first, limit }) => first === family.first && limit !== family.limit);
  if (others.length > 0) {
    out.get(family.first);
    out.globalGet(globals.first);
    out.op("i64.ne");
    out.if();
    for (const limit of new Set(others.map((other) => other.limit))) {
      out.i64(0, 0);
      out.set(limit);
    }
    out.close();
  }
  out.globalGet(globals.first);
  out.set(family.first);
  out.globalGet(family.writes ? globals.writeLimit : globals.limit);
  out.set(family.limit);
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
