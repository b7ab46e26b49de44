/**
 * What a compiler can know of registers without running: constants, maps, distances from one value to another. And so which
 * accesses need no check: those between two that were found to lie in the same object.
 */

import { fetchFlag } from "../../isa/atomic.ts";
import { callOpcode, callRegisterOpcode, callSources } from "../../isa/call.ts";
import { loadImmediate64 } from "../../isa/instruction.ts";
import { type AccessSize, accessSizeOf, pseudoSources } from "../../isa/memory.ts";
import type { LinkedProgram } from "../link.ts";
import type { SandboxMap } from "../maps/map.ts";
import { contextBytesOf } from "../packet-context.ts";
import type { Block, Graph } from "./graph.ts";

/** What is known of a register. */
export type Value =
  /** The end of this function's stack frame, and a distance from it. */
  | { readonly kind: "frame"; readonly offset: number }
  | { readonly kind: "number"; readonly low: number; readonly high: number }
  | { readonly kind: "map"; readonly map: SandboxMap }
  | { readonly kind: "function"; readonly slot: number }
  /**
   * Some value, always the same one for the same symbol, and a distance from it. `root` is a guess of which pointer it was made from:
   * another symbol, or none for what is more likely a number.
   */
  | { readonly kind: "symbol"; readonly symbol: number; readonly offset: number; readonly root: number | undefined };

/** How an instruction reaches memory. */
export interface Access {
  readonly slot: number;
  readonly base: Value;
  readonly register: number;
  readonly offset: number;
  readonly sizeBytes: AccessSize;
  readonly writes: boolean;
  readonly reads: boolean;
  /** It lies between bytes of the object that have been reached. */
  readonly isProven: boolean;
}

/** What is known of a function. */
export interface FunctionValues {
  readonly accesses: ReadonlyMap<number, Access>;
  /** Registers r1 to r5 at calls of helpers, by slot. */
  readonly calls: ReadonlyMap<number, readonly Value[]>;
  /** Whether pointers into the frame are anywhere but in addresses of loads and stores. */
  readonly frameEscapes: boolean;
  /** The lowest byte of the frame that is reached directly, as a negative distance from its end; 0 for none. */
  readonly lowestFrameOffset: number;
  readonly hasCalls: boolean;
}

/** Bytes that have been reached of the object behind a symbol. */
interface Reached {
  readonly low: number;
  readonly high: number;
  /** What may be written is the front of what may be read. */
  readonly written: number;
}

interface State {
  registers: Value[];
  reached: Map<number, Reached>;
}

/** A new symbol: its own root, or with the given one. */
type Fresh = (...root: [] | [number | undefined]) => Value;

const rootOf = (value: Value) => (value.kind === "symbol" ? value.root : undefined);

/** Helpers after which every object is still there and as long as it was. */
const keepsObjects: ReadonlySet<number> = new Set([
  1, 4, 5, 6, 7, 8, 14, 15, 16, 28, 35, 45, 46, 47, 80, 112, 113, 114, 115, 118, 125, 160, 182,
]);

/** Whether a call at `slot` may free or change objects. */
export function freesObjects({ opcodes, src, immediates }: LinkedProgram, slot: number): boolean {
  const isHelper = opcodes[slot] === callOpcode && src[slot] === callSources.helper;
  return !isHelper || !keepsObjects.has(immediates[slot]!);
}

const isCall = (opcode: number) => opcode === callOpcode || opcode === callRegisterOpcode;

/** Looks at a function, block after block. */
export function valuesOf(program: LinkedProgram, graph: Graph): FunctionValues {
  const accesses = new Map<number, Access>();
  const calls = new Map<number, readonly Value[]>();
  let symbols = 0;
  let frameEscapes = false;
  let lowestFrameOffset = 0;
  let hasCalls = false;
  const fresh: Fresh = (...root) => {
    const symbol = symbols++;
    return { kind: "symbol", symbol, offset: 0, root: root.length === 0 ? symbol : root[0] };
  };
  const atEnd: (State | undefined)[] = graph.blocks.map(() => undefined);
  const atStart: (readonly Value[])[] = [];
  for (const block of graph.blocks) {
    const state = stateAtStart(program, graph, block, atEnd, fresh);
    atStart[block.order] = state.registers.slice();
    for (let slot = block.first; slot < block.end; slot += program.opcodes[slot] === loadImmediate64 ? 2 : 1) {
      step(program, slot, state);
    }
    atEnd[block.order] = state;
  }
  // Where ways meet that do not agree, a pointer into the frame is one value among others.
  for (const { order, predecessors } of graph.blocks) {
    const start = atStart[order]!;
    const isLost = (value: Value, register: number) => value.kind === "frame" && !isSame(value, start[register]!);
    if (predecessors.some((from) => atEnd[from]!.registers.some(isLost))) frameEscapes = true;
  }
  return { accesses, calls, frameEscapes, lowestFrameOffset, hasCalls };

  function step(linked: LinkedProgram, slot: number, state: State): void {
    const opcode = linked.opcodes[slot]!;
    const { registers } = state;
    const d = linked.dst[slot]!;
    const s = linked.src[slot]!;
    const imm = linked.immediates[slot]!;
    const escape = (value: Value) => {
      if (value.kind === "frame") frameEscapes = true;
    };
    switch (opcode & 7) {
      case 0:
        if (opcode === loadImmediate64) registers[d] = immediateValue(linked, slot);
        else {
          for (let register = 0; register <= 5; register++) registers[register] = fresh();
        }
        return;
      case 1:
        note(state, slot, s, linked.offsets[slot]!, accessSizeOf(opcode), true, false);
        registers[d] = accessSizeOf(opcode) < 4 ? fresh(undefined) : fresh();
        return;
      case 2:
      case 3: {
        const isAtomic = (opcode & 0xe0) === 0xc0;
        if ((opcode & 7) === 3 && !(isAtomic && imm === 0x100)) escape(registers[s]!);
        if (isAtomic && imm === 0x100) {
          note(state, slot, s, linked.offsets[slot]!, accessSizeOf(opcode), true, false);
          registers[d] = fresh();
          return;
        }
        note(state, slot, d, linked.offsets[slot]!, accessSizeOf(opcode), isAtomic && imm !== 0x110, true);
        if (isAtomic && (imm & fetchFlag) !== 0) registers[imm === 0xf1 ? 0 : s] = fresh();
        return;
      }
      case 4:
        escape(registers[d]!);
        if ((opcode & 8) !== 0 && (opcode & 0xf0) !== 0xd0) escape(registers[s]!);
        registers[d] = opcode === 0xb4 ? { kind: "number", low: imm, high: 0 } : fresh(undefined);
        return;
      case 7:
        registers[d] = moved(linked, slot, registers, fresh, escape);
        return;
      default:
        if (isCall(opcode)) {
          hasCalls = true;
          calls.set(slot, registers.slice(1, 6));
          for (let register = 1; register <= 5; register++) escape(registers[register]!);
          for (let register = 0; register <= 5; register++) {
            registers[register] = register === 0 ? fresh() : { kind: "number", low: 0, high: 0 };
          }
          if (freesObjects(linked, slot)) state.reached = new Map();
        } else if (opcode === 0x95) escape(registers[0]!);
        else if ((opcode & 0xf0) !== 0) {
          escape(registers[d]!);
          if ((opcode & 8) !== 0) escape(registers[s]!);
        }
    }
  }

  function note(
    state: State,
    slot: number,
    register: number,
    offset: number,
    sizeBytes: AccessSize,
    reads: boolean,
    writes: boolean,
  ): void {
    const base = state.registers[register]!;
    const distance = "offset" in base ? base.offset + offset : 0;
    let isProven = false;
    if (base.kind === "frame") {
      isProven = distance >= -512 && distance + sizeBytes <= 0;
      if (isProven) lowestFrameOffset = Math.min(lowestFrameOffset, distance);
      // A fault tells of the pointer: then it must be there.
      if (!isProven || distance % sizeBytes !== 0) frameEscapes = true;
    } else if (base.kind === "symbol") {
      const reached = state.reached.get(base.symbol);
      const end = distance + sizeBytes;
      isProven = reached !== undefined && distance >= reached.low && end <= (writes ? reached.written : reached.high);
      state.reached.set(base.symbol, {
        low: Math.min(reached?.low ?? distance, distance),
        high: Math.max(reached?.high ?? end, end),
        written: writes ? Math.max(reached?.written ?? end, end) : (reached?.written ?? distance),
      });
    }
    accesses.set(slot, { slot, base, register, offset, sizeBytes, reads, writes, isProven });
  }
}

function immediateValue(linked: LinkedProgram, slot: number): Value {
  const map = linked.maps.get(slot);
  if (map !== undefined && linked.src[slot] === pseudoSources.mapFd) return { kind: "map", map };
  if (linked.src[slot] === pseudoSources.function) return { kind: "function", slot: linked.immediates[slot]! };
  return { kind: "number", low: linked.immediates[slot]!, high: linked.uppers[slot]! };
}

/** The result of 64-bit arithmetic. */
function moved(
  linked: LinkedProgram,
  slot: number,
  registers: readonly Value[],
  fresh: Fresh,
  escape: (value: Value) => void,
): Value {
  const opcode = linked.opcodes[slot]!;
  const imm = linked.immediates[slot]!;
  const own = registers[linked.dst[slot]!]!;
  const other = registers[linked.src[slot]!]!;
  if (opcode === 0xbf && linked.offsets[slot]! <= 1) return other;
  if (opcode === 0xb7) return { kind: "number", low: imm, high: imm >> 31 };
  const step = opcode === 0x07 ? imm : opcode === 0x17 ? -imm : undefined;
  if (step !== undefined && "offset" in own && Math.abs(own.offset + step) < 1 << 29) {
    return { ...own, offset: own.offset + step };
  }
  escape(own);
  if ((opcode & 8) === 0) return fresh(opcode === 0x07 || opcode === 0x17 ? rootOf(own) : undefined);
  escape(other);
  if (opcode === 0x0f)
    return fresh(rootOf(own) === undefined ? rootOf(other) : rootOf(other) === undefined ? rootOf(own) : undefined);
  return fresh(opcode === 0x1f && rootOf(other) === undefined ? rootOf(own) : undefined);
}

/** What is known where a block begins: what all ways to it agree on. */
function stateAtStart(
  program: LinkedProgram,
  graph: Graph,
  block: Block,
  atEnd: readonly (State | undefined)[],
  fresh: Fresh,
): State {
  const frame: Value = { kind: "frame", offset: 0 };
  const start = graph.blocks[0]!.first;
  if (block.order === 0 && block.predecessors.length === 0) {
    const zero: Value = { kind: "number", low: 0, high: 0 };
    const registers = Array.from({ length: 11 }, (_, register) =>
      register >= 1 && register <= 5 ? fresh() : register === 10 ? frame : zero,
    );
    // A hook's own context is always there, whole.
    const contextSize = start === 0 ? contextBytesOf(program.spec.hook.kind) : 0;
    const reached = new Map<number, Reached>();
    const [, context] = registers;
    if (context?.kind === "symbol" && contextSize > 0) {
      reached.set(context.symbol, { low: 0, high: contextSize, written: contextSize });
    }
    return { registers, reached };
  }
  const loop = graph.loops.get(block.order);
  const known = block.predecessors.flatMap((order) => atEnd[order] ?? []);
  const isWhole = known.length === block.predecessors.length || (loop !== undefined && graph.isReducible);
  if (known.length === 0 || !isWhole || (block.order === 0 && loop === undefined)) {
    return {
      registers: Array.from({ length: 11 }, (_, register) => (register === 10 ? frame : fresh())),
      reached: new Map(),
    };
  }
  const [first, ...others] = known as [State, ...State[]];
  const changed = loop === undefined ? undefined : changedIn(program, graph, loop);
  const isEntry = block.order === 0;
  const registers = first.registers.map((value, register) => {
    if (register === 10) return value;
    const agree = others.every((other) => isSame(value, other.registers[register]!));
    if (agree && !isEntry && changed?.registers.has(register) !== true) return value;
    const root = rootOf(value);
    return root !== undefined && others.every((other) => rootOf(other.registers[register]!) === root)
      ? fresh(root)
      : fresh();
  });
  const reached = new Map<number, Reached>();
  if (changed?.frees !== true) {
    for (const [symbol, own] of first.reached) {
      const all = others.map((other) => other.reached.get(symbol));
      if (all.includes(undefined)) continue;
      const ranges = [own, ...(all as Reached[])];
      const low = Math.max(...ranges.map((range) => range.low));
      const high = Math.min(...ranges.map((range) => range.high));
      const written = Math.min(...ranges.map((range) => range.written));
      if (low < high) reached.set(symbol, { low, high, written });
    }
  }
  return { registers, reached };
}

function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (one.kind === "symbol" && other.kind === "symbol")
    return one.symbol === other.symbol && one.offset === other.offset;
  if (one.kind === "frame" && other.kind === "frame") return one.offset === other.offset;
  if (one.kind === "number" && other.kind === "number") return one.low === other.low && one.high === other.high;
  if (one.kind === "map" && other.kind === "map") return one.map === other.map;
  return one.kind === "function" && other.kind === "function" && one.slot === other.slot;
}

/** Registers that a loop writes, and whether objects may be freed in it. */
function changedIn(
  program: LinkedProgram,
  graph: Graph,
  loop: ReadonlySet<number>,
): { registers: Set<number>; frees: boolean } {
  const registers = new Set<number>();
  let frees = false;
  for (const order of loop) {
    const { first, end } = graph.blocks[order]!;
    for (let slot = first; slot < end; slot += program.opcodes[slot] === loadImmediate64 ? 2 : 1) {
      const opcode = program.opcodes[slot]!;
      const kind = opcode & 7;
      if (isCall(opcode) || (kind === 0 && opcode !== loadImmediate64)) {
        for (let register = 0; register <= 5; register++) registers.add(register);
        if (isCall(opcode) && freesObjects(program, slot)) frees = true;
      } else if (kind === 0 || kind === 1 || kind === 4 || kind === 7) registers.add(program.dst[slot]!);
      else if (kind === 3 && (opcode & 0xe0) === 0xc0) {
        const imm = program.immediates[slot]!;
        if (imm === 0x100) registers.add(program.dst[slot]!);
        else if ((imm & fetchFlag) !== 0) registers.add(imm === 0xf1 ? 0 : program.src[slot]!);
      }
    }
  }
  return { registers, frees };
}
