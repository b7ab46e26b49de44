/** Where ways through a function meet: what all of them agree on. */

import { fetchFlag } from "../../isa/atomic.ts";
import { loadImmediate64 } from "../../isa/instruction.ts";
import { accessSizeOf, modeOf, modes } from "../../isa/memory.ts";
import { contextBytesOf, writableContextOf } from "../contexts.ts";
import type { LinkedProgram } from "../link.ts";
import type { BoundsOfEdges } from "./bounds.ts";
import type { Block, Graph } from "./graph.ts";
import {
  type Fresh,
  freesObjects,
  isCall,
  isSame,
  mostOf,
  type Reached,
  rootOf,
  type State,
  type Value,
  withReached,
} from "./value.ts";

/** What is known of a function so far. */
export interface Known {
  readonly program: LinkedProgram;
  readonly graph: Graph;
  readonly fresh: Fresh;
  /** A number that no state had as its epoch. */
  readonly newEpoch: () => number;
  readonly atEnd: readonly (State | undefined)[];
  /** What the comparison at the end of a block says, by its order. */
  readonly bounds: ReadonlyMap<number, BoundsOfEdges>;
}

const frame: Value = { kind: "frame", offset: 0 };

/** What is known where a block begins. */
export function stateAtStart(known: Known, block: Block): State {
  const { program, graph, fresh, newEpoch } = known;
  if (block.order === 0 && block.predecessors.length === 0) return stateAtEntry(known);
  const loop = graph.loops.get(block.order);
  const arriving = block.predecessors.flatMap((order) => stateAlong(known, order, block) ?? []);
  const isWhole = arriving.length === block.predecessors.length || (loop !== undefined && graph.isReducible);
  const [first, ...others] = arriving;
  if (first === undefined || !isWhole || block.order === 0) {
    const registers = Array.from({ length: 11 }, (_, register) => (register === 10 ? frame : fresh()));
    return { registers, reached: new Map(), epoch: newEpoch() };
  }
  // One way in: all that is known stays known.
  if (loop === undefined && others.length === 0) return { ...first, registers: first.registers.slice() };
  const changed = loop === undefined ? undefined : changedIn(program, graph, loop);
  const isOneEpoch = changed?.frees !== true && others.every((other) => other.epoch === first.epoch);
  const epoch = isOneEpoch ? first.epoch : newEpoch();
  const registers = first.registers.map((value, register) => {
    if (register === 10) return value;
    const agree = others.every((other) => isSame(value, other.registers[register]!));
    const isChanged = changed?.registers.has(register) === true;
    if (agree && !isChanged) return value;
    const roots = new Set(arriving.map((state) => rootOf(state.registers[register]!)));
    // What a loop adds to is greater each time; only 32 bits hold whatever happens.
    const staysWord = isChanged ? changed?.registers.get(register) === "word" : true;
    const most = Math.max(...arriving.map((state) => mostOf(state.registers[register]!)));
    const known = { most: !staysWord ? Number.POSITIVE_INFINITY : isChanged && most <= word ? word : most };
    return fresh(roots.size === 1 ? { ...known, root: [...roots][0] } : known);
  });
  return { registers, reached: changed?.frees === true ? new Map() : reachedByAll(first, others), epoch };
}

function stateAtEntry({ program, graph, fresh, newEpoch }: Known): State {
  const zero: Value = { kind: "number", low: 0, high: 0 };
  const registers = Array.from({ length: 11 }, (_, register) =>
    register >= 1 && register <= 5 ? fresh() : register === 10 ? frame : zero,
  );
  const reached = new Map<number, Reached>();
  const [, context] = registers;
  const { kind } = program.spec.hook;
  // A hook's own context is always there, whole, unless others call the program too.
  const isMain = graph.blocks[0]!.first === 0 && !program.mainIsCalled;
  if (isMain && context?.kind === "symbol" && contextBytesOf(kind) > 0) {
    reached.set(context.symbol, {
      low: 0,
      high: contextBytesOf(kind),
      written: Math.min(contextBytesOf(kind), writableContextOf(kind).frontBytes),
    });
  }
  return { registers, reached, epoch: newEpoch() };
}

/** The state at the end of a block, on the way to `block`. */
function stateAlong({ graph, atEnd, bounds }: Known, from: number, block: Block): State | undefined {
  const state = atEnd[from];
  const edges = bounds.get(from);
  const [taken, other] = graph.blocks[from]!.successors;
  if (state === undefined || edges === undefined || taken === other) return state;
  const bound = taken === block.order ? edges.taken : edges.other;
  if (bound === undefined) return state;
  return { ...state, reached: withReached(state.reached, bound.symbol, bound.reached) };
}

function reachedByAll(first: State, others: readonly State[]): Map<number, Reached> {
  const reached = new Map<number, Reached>();
  for (const [symbol, own] of first.reached) {
    const all = others.map((other) => other.reached.get(symbol));
    if (all.includes(undefined)) continue;
    const ranges = [own, ...(all as Reached[])];
    const low = Math.max(...ranges.map((range) => range.low));
    const high = Math.min(...ranges.map((range) => range.high));
    const written = Math.min(...ranges.map((range) => range.written));
    if (low < high) reached.set(symbol, { low, high, written });
  }
  return reached;
}

const word = 2 ** 32 - 1;

/** Registers that a loop writes, whether always with no more than 32 bits, and whether objects may be freed in it. */
function changedIn(
  program: LinkedProgram,
  graph: Graph,
  loop: ReadonlySet<number>,
): { registers: Map<number, "word" | "any">; frees: boolean } {
  const registers = new Map<number, "word" | "any">();
  const write = (register: number, isWord = false) =>
    registers.set(register, isWord && registers.get(register) !== "any" ? "word" : "any");
  let frees = false;
  for (const order of loop) {
    const { first, end } = graph.blocks[order]!;
    for (let slot = first; slot < end; slot += program.opcodes[slot] === loadImmediate64 ? 2 : 1) {
      const opcode = program.opcodes[slot]!;
      const kind = opcode & 7;
      if (isCall(opcode) || (kind === 0 && opcode !== loadImmediate64)) {
        for (let register = 0; register <= 5; register++) write(register);
        if (isCall(opcode) && freesObjects(program, slot)) frees = true;
      } else if (kind === 0 || kind === 1 || kind === 4 || kind === 7) {
        const isShortLoad = kind === 1 && modeOf(opcode) === modes.mem && accessSizeOf(opcode) <= 4;
        write(program.dst[slot]!, kind === 4 || isShortLoad);
      } else if (kind === 3 && (opcode & 0xe0) === 0xc0) {
        const imm = program.immediates[slot]!;
        if (imm === 0x100) write(program.dst[slot]!);
        else if ((imm & fetchFlag) !== 0) write(imm === 0xf1 ? 0 : program.src[slot]!);
      }
    }
  }
  return { registers, frees };
}
