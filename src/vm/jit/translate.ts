/** One function of a program as a WebAssembly function: structured control flow, and its instructions in `instructions.ts`. */

import { loadImmediate64 } from "../../isa/instruction.ts";
import { faults } from "../faults.ts";
import { cells, frameBytes, objectIndexes, objectRowBytes, objectTableAt, row } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";
import { accessesOf, type FunctionFamilies } from "./access.ts";
import { type Block, dominates, type Graph, graphOf } from "./graph.ts";
import { emitBranchCondition, emitInstruction } from "./instructions.ts";
import { cell, countFrame } from "./runtime.ts";
import { type FunctionValues, valuesOf } from "./values.ts";
import { type Code, code, type FunctionType, type Label } from "./wasm.ts";

/** How much is checked while a program runs: every access, or none of a program that the verifier took. */
export type Tier = "exact" | "verified";

/** Indexes of the functions of a module. */
export interface ModuleIndexes {
  readonly check: number;
  readonly openFrame: number;
  readonly closeFrame: number;
  /** Of host functions, by name. */
  readonly host: ReadonlyMap<string, number>;
  /** Of look-ups, by map name. */
  readonly lookups: ReadonlyMap<string, number>;
  /** Of the program's functions, by slot. */
  readonly functions: ReadonlyMap<number, number>;
}

/** What the translation of a function needs and keeps. */
export interface Translation {
  readonly program: LinkedProgram;
  readonly tier: Tier;
  readonly objectCapacity: number;
  readonly indexes: ModuleIndexes;
  readonly graph: Graph;
  readonly values: FunctionValues;
  readonly families: FunctionFamilies;
  readonly out: Code;
  readonly locals: FunctionLocals;
  /** Whether fuel is counted here: there are ways back, or calls. */
  readonly isMetered: boolean;
}

/** Locals of a function. Parameters are r1 to r5, the address of its stack frame, its depth. */
export interface FunctionLocals {
  /** By register; r10 only where pointers into the frame go anywhere. */
  readonly registers: readonly number[];
  readonly frame: number;
  readonly depth: number;
  readonly fuel: number;
  readonly pointer: number;
  readonly distance: number;
  readonly word: number;
}

/** (r1 to r5, frame, depth) → r0. Whether it faulted is in the cell `status`. */
export const programType: FunctionType = {
  parameters: ["i64", "i64", "i64", "i64", "i64", "i32", "i32"],
  results: ["i64"],
};

/** Translates the function that begins at `start`. */
export function translateFunction(
  program: LinkedProgram,
  start: number,
  options: Pick<Translation, "tier" | "objectCapacity" | "indexes">,
): Code {
  const graph = graphOf(program, start);
  const values = valuesOf(program, graph);
  const out = code(programType.parameters.length);
  const r0 = out.local("i64");
  const saved = [6, 7, 8, 9].map(() => out.local("i64"));
  const r10 = out.local("i64");
  const locals: FunctionLocals = {
    registers: [r0, 0, 1, 2, 3, 4, ...saved, r10],
    frame: 5,
    depth: 6,
    fuel: out.local("i32"),
    pointer: out.local("i64"),
    distance: out.local("i64"),
    word: out.local("i32"),
  };
  const goesBack = graph.blocks.some((block) =>
    block.successors.some((next) => next >= 0 && graph.blocks[next]!.first < block.end),
  );
  const translation: Translation = {
    ...options,
    program,
    graph,
    values,
    families: accessesOf(program, graph, values, options.tier, out),
    out,
    locals,
    isMetered: goesBack || values.hasCalls,
  };
  openFrame(translation);
  if (translation.isMetered) loadFuel(translation);
  if (graph.isReducible) structured(translation);
  else dispatched(translation);
  out.op("unreachable");
  return out;
}

function openFrame(translation: Translation): void {
  const { out, values, locals, indexes, tier } = translation;
  if (values.frameEscapes) {
    if (tier === "exact") {
      out.get(locals.depth);
      out.call(indexes.openFrame);
    } else {
      showFrame(translation);
    }
    out.set(locals.registers[10]!);
    return;
  }
  if (tier !== "exact") return;
  countFrame(out, locals.word);
  const lowest = Math.floor(values.lowestFrameOffset / 8) * 8;
  if (lowest < -64) {
    out.get(locals.frame);
    out.i32(frameBytes + lowest);
    out.op("i32.add");
    out.i32(0);
    out.i32(-lowest);
    out.fill();
  } else {
    for (let offset = lowest; offset < 0; offset += 8) {
      out.get(locals.frame);
      out.i64(0, 0);
      out.memory("i64.store", frameBytes + offset);
    }
  }
}

/** Pushes r10 of a frame that helpers must find, but nothing checks: it keeps the generation that its row has. */
function showFrame({ out, locals }: Translation): void {
  const rowsAt = objectTableAt + objectIndexes.frames * objectRowBytes;
  out.get(locals.depth);
  out.i32(objectRowBytes);
  out.op("i32.mul");
  out.tee(locals.word);
  out.i64(frameBytes, frameBytes);
  out.memory("i64.store", rowsAt + row.length);
  out.get(locals.word);
  out.memory("i64.load32_u", rowsAt + row.handle);
  out.i64(32, 0);
  out.op("i64.shl");
  out.get(locals.frame);
  out.i32(frameBytes);
  out.op("i32.add", "i64.extend_i32_u", "i64.or");
}

/** Leaves the function; r0 is on the stack. */
export function emitReturn({ out, values, locals, indexes, tier, isMetered }: Translation): void {
  if (values.frameEscapes && tier === "exact") {
    out.get(locals.depth);
    out.call(indexes.closeFrame);
  }
  if (isMetered) cell(out, cells.fuel, () => out.get(locals.fuel));
  out.op("return");
}

/** Leaves the function after a fault that the cells tell of. */
export function emitFailure({ out }: Translation): void {
  out.i64(0, 0);
  out.op("return");
}

/** Leaves the function with a fault that has no address. */
export function emitFault(translation: Translation, kind: keyof typeof faults, slot: number): void {
  const { out, locals, isMetered } = translation;
  cell(out, cells.status, () => out.i32(faults[kind]));
  cell(out, cells.faultSlot, () => out.i32(slot));
  if (isMetered) cell(out, cells.fuel, () => out.get(locals.fuel));
  emitFailure(translation);
}

/** A fault that leaves code behind it which is never reached. */
export function emitMissing(translation: Translation, slot: number): void {
  translation.out.i32(1);
  translation.out.if();
  emitFault(translation, "missing", slot);
  translation.out.close();
}

export function loadFuel({ out, locals }: Translation): void {
  out.i32(0);
  out.memory("i32.load", cells.fuel);
  out.set(locals.fuel);
}

function emitBlock(translation: Translation, block: Block): void {
  const { program } = translation;
  const hasJump = block.successors.length !== 1 || endsWithJump(program, block);
  for (let slot = block.first; slot < block.end; ) {
    const next = slot + (program.opcodes[slot] === loadImmediate64 ? 2 : 1);
    const isLast = next >= block.end;
    if (!isLast || !hasJump) emitInstruction(translation, slot);
    else if (block.successors.length === 0) emitInstruction(translation, slot);
    slot = next;
  }
}

function lastSlot({ opcodes }: LinkedProgram, block: Block): number {
  let slot = block.first;
  for (;;) {
    const next = slot + (opcodes[slot] === loadImmediate64 ? 2 : 1);
    if (next >= block.end) return slot;
    slot = next;
  }
}

function endsWithJump(program: LinkedProgram, block: Block): boolean {
  const opcode = program.opcodes[lastSlot(program, block)];
  return opcode === 0x05 || opcode === 0x06;
}

/** A jump back takes from the limit as many instructions as it goes back. */
function emitMeter(translation: Translation, block: Block, target: number): void {
  const { out, locals, graph, program } = translation;
  const slot = lastSlot(program, block);
  const instructions = slot + 1 - graph.blocks[target]!.first;
  if (instructions <= 0) return;
  out.get(locals.fuel);
  out.i32(instructions);
  out.op("i32.sub");
  out.tee(locals.fuel);
  out.i32(0);
  out.op("i32.lt_s");
  out.if();
  emitFault(translation, "limit", slot);
  out.close();
}

/** Whether the edge goes back in the code, by a jump. */
function isBack({ graph, program }: Translation, block: Block, target: number): boolean {
  return target >= 0 && graph.blocks[target]!.first <= lastSlot(program, block);
}

/**
 * Structured control flow from the dominator tree (Ramsey, "Beyond Relooper", ICFP 2022): a block's children in the tree that
 * are reached from several places follow it, each behind a label; all others stand where they are reached.
 */
function structured(translation: Translation): void {
  const { graph, out } = translation;
  const { blocks, dominators, loops } = graph;
  const children: number[][] = blocks.map(() => []);
  for (let order = 1; order < blocks.length; order++) children[dominators[order]!]!.push(order);
  const isMerge = blocks.map(
    ({ order, predecessors }) => predecessors.filter((from) => !dominates(dominators, order, from)).length > 1,
  );
  const loopLabels = new Map<number, Label>();
  const mergeLabels = new Map<number, Label>();

  const tree = (order: number): void => {
    if (loops.has(order)) loopLabels.set(order, out.loop());
    const merges = children[order]!.filter((child) => isMerge[child]).reverse();
    for (const merge of merges) mergeLabels.set(merge, out.block());
    within(blocks[order]!);
    for (const merge of merges.reverse()) {
      out.close();
      mergeLabels.delete(merge);
      tree(merge);
    }
    if (loops.has(order)) {
      out.close();
      loopLabels.delete(order);
    }
  };

  const branch = (block: Block, target: number): void => {
    if (target < 0) return emitFault(translation, "end", translation.program.slotCount);
    if (isBack(translation, block, target)) emitMeter(translation, block, target);
    const label = target <= block.order ? loopLabels.get(target) : mergeLabels.get(target);
    if (label === undefined) tree(target);
    else out.br(label);
  };

  const within = (block: Block): void => {
    emitBlock(translation, block);
    const [taken, other] = block.successors;
    if (taken === undefined) return;
    if (other === undefined) return branch(block, taken);
    if (taken === other) return branch(block, taken);
    emitBranchCondition(translation, lastSlot(translation.program, block));
    const label = taken <= block.order ? loopLabels.get(taken) : mergeLabels.get(taken);
    if (taken >= 0 && label !== undefined && !isBack(translation, block, taken)) out.brIf(label);
    else {
      out.if();
      branch(block, taken);
      out.close();
    }
    branch(block, other);
  };

  tree(0);
}

/** Any control flow: a loop around a switch by the number of the block that is next. */
function dispatched(translation: Translation): void {
  const { graph, out, locals } = translation;
  out.i32(0);
  out.set(locals.word);
  const again = out.loop();
  const labels = graph.blocks.map(() => out.block()).reverse();
  out.get(locals.word);
  out.brTable(labels.slice(0, -1), labels.at(-1)!);
  const go = (block: Block, target: number) => {
    if (target < 0) return emitFault(translation, "end", translation.program.slotCount);
    if (isBack(translation, block, target)) emitMeter(translation, block, target);
    out.i32(target);
    out.set(locals.word);
    out.br(again);
  };
  for (const block of graph.blocks) {
    out.close();
    emitBlock(translation, block);
    const [taken, other] = block.successors;
    if (taken === undefined) continue;
    if (other !== undefined && other !== taken) {
      emitBranchCondition(translation, lastSlot(translation.program, block));
      out.if();
      go(block, taken);
      out.close();
      go(block, other);
    } else go(block, taken);
  }
  out.close();
}
