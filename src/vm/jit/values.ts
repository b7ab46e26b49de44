/**
 * What is known of a function's registers at each instruction, and so which accesses need no check: those between two that were found to
 * lie in the same object, in the hook's own context, and before what was compared with the end of the packet.
 */

import { fetchFlag } from "../../isa/atomic.ts";
import { callOpcode, callRegisterOpcode, callSources } from "../../isa/call.ts";
import { helperIds } from "../../isa/helpers.ts";
import { loadImmediate64 } from "../../isa/instruction.ts";
import { type AccessSize, accessSizeOf, modeOf, modes } from "../../isa/memory.ts";
import { packetContexts } from "../contexts.ts";
import type { LinkedProgram } from "../link.ts";
import { type BoundsOfEdges, boundsAt } from "./bounds.ts";
import type { Graph } from "./graph.ts";
import { type Known, stateAtStart } from "./meet.ts";
import { immediateValue, mostOf32, moved } from "./operations.ts";
import {
  freesObjects,
  freshSymbols,
  isCall,
  isSame,
  type Reached,
  type State,
  type SymbolValue,
  type Value,
  wholeValue,
  withReached,
} from "./value.ts";

/** How an instruction reaches memory. */
export interface Access {
  readonly slot: number;
  readonly base: Value;
  readonly register: number;
  readonly offset: number;
  readonly sizeBytes: AccessSize;
  readonly writes: boolean;
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

/** Looks at a function, block after block. */
export function valuesOf(program: LinkedProgram, graph: Graph): FunctionValues {
  const accesses = new Map<number, Access>();
  const calls = new Map<number, readonly Value[]>();
  let epochs = 0;
  let frameEscapes = false;
  let lowestFrameOffset = 0;
  let hasCalls = false;
  const fresh = freshSymbols();
  const newEpoch = () => epochs++;
  const atEnd: (State | undefined)[] = graph.blocks.map(() => undefined);
  const atStart: (readonly Value[])[] = [];
  const bounds = new Map<number, BoundsOfEdges>();
  const known: Known = { program, graph, fresh, newEpoch, atEnd, bounds };
  let context: SymbolValue | undefined;
  for (const block of graph.blocks) {
    const state = stateAtStart(known, block);
    const [, first] = state.registers;
    // The context's symbol is one of those that are reached before anything was.
    if (block.order === 0 && first?.kind === "symbol" && state.reached.has(first.symbol)) context = first;
    atStart[block.order] = state.registers.slice();
    let last = block.first;
    for (let slot = block.first; slot < block.end; slot += program.opcodes[slot] === loadImmediate64 ? 2 : 1) {
      step(program, slot, state);
      last = slot;
    }
    const found = boundsAt(program, last, state);
    if (found !== undefined) bounds.set(block.order, found);
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
        note(state, slot, s, linked.offsets[slot]!, accessSizeOf(opcode), false);
        registers[d] = loaded(slot, state, registers[s]!);
        return;
      case 2:
      case 3: {
        const isAtomic = (opcode & 0xe0) === 0xc0;
        if ((opcode & 7) === 3 && !(isAtomic && imm === 0x100)) escape(registers[s]!);
        if (isAtomic && imm === 0x100) {
          note(state, slot, s, linked.offsets[slot]!, accessSizeOf(opcode), false);
          registers[d] = fresh();
          return;
        }
        note(state, slot, d, linked.offsets[slot]!, accessSizeOf(opcode), true);
        if (isAtomic && (imm & fetchFlag) !== 0) registers[imm === 0xf1 ? 0 : s] = fresh();
        return;
      }
      case 4:
        escape(registers[d]!);
        if ((opcode & 8) !== 0 && (opcode & 0xf0) !== 0xd0) escape(registers[s]!);
        registers[d] =
          opcode === 0xb4
            ? { kind: "number", low: imm, high: 0 }
            : fresh({ root: undefined, most: mostOf32(linked, slot, registers) });
        return;
      case 7:
        registers[d] = moved(linked, slot, registers, fresh, escape);
        return;
      default:
        if (isCall(opcode)) {
          hasCalls = true;
          calls.set(slot, registers.slice(1, 6));
          if (opcode === callRegisterOpcode) escape(registers[d]!);
          for (let register = 1; register <= 5; register++) escape(registers[register]!);
          for (let register = 0; register <= 5; register++) {
            registers[register] = register === 0 ? result(linked, slot) : { kind: "number", low: 0, high: 0 };
          }
          if (freesObjects(linked, slot)) {
            state.reached = new Map();
            state.epoch = newEpoch();
          }
        } else if (opcode === 0x95) escape(registers[0]!);
        else if ((opcode & 0xf0) !== 0) {
          escape(registers[d]!);
          if ((opcode & 8) !== 0) escape(registers[s]!);
        }
    }
  }

  /** What a call gives: a look-up a value of its map, or null. */
  function result({ opcodes, src, immediates }: LinkedProgram, slot: number): Value {
    const isLookup =
      opcodes[slot] === callOpcode &&
      src[slot] === callSources.helper &&
      immediates[slot] === helperIds.bpf_map_lookup_elem;
    const map = calls.get(slot)![0]!;
    return fresh(isLookup && map.kind === "map" && map.map.place !== undefined ? { lookedUpIn: map.map } : {});
  }

  /** What a load gives: of the context's members for the packet, where it lies. */
  function loaded(slot: number, { epoch }: State, base: Value): Value {
    const opcode = program.opcodes[slot]!;
    const size = accessSizeOf(opcode);
    const most = modeOf(opcode) === modes.mem && size < 8 ? 2 ** (8 * size) - 1 : Number.POSITIVE_INFINITY;
    const layout = packetContexts[program.spec.hook.kind];
    if (
      context !== undefined &&
      layout?.pointerBytes === 4 &&
      size === 4 &&
      most === 2 ** 32 - 1 &&
      base.kind === "symbol"
    ) {
      const member = base.symbol === context.symbol ? base.offset + program.offsets[slot]! : -1;
      if (member === layout.start) return fresh({ most, packet: { part: "inside", epoch } });
      if (member === layout.end) return fresh({ most, packet: { part: "end", epoch } });
    }
    return size < 4 ? fresh({ root: undefined, most }) : fresh({ most });
  }

  function note(
    state: State,
    slot: number,
    register: number,
    offset: number,
    sizeBytes: AccessSize,
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
      isProven = isInside(reached, distance, end, writes) || isBehind(state, base, distance, end, writes);
      const range = { low: distance, high: end, written: writes ? end : distance };
      state.reached = withReached(state.reached, base.symbol, range);
    } else if (base.kind === "place") isProven = isInside(wholeValue(base.map), distance, distance + sizeBytes, writes);
    accesses.set(slot, { slot, base, register, offset, sizeBytes, writes, isProven });
  }
}

function isInside(reached: Reached | undefined, low: number, high: number, writes: boolean): boolean {
  return reached !== undefined && low >= reached.low && high <= (writes ? reached.written : reached.high);
}

/** Whether bytes lie inside wherever the symbol may be, by what is known of the one that it was made from. */
function isBehind({ reached }: State, { behind }: SymbolValue, low: number, high: number, writes: boolean): boolean {
  if (behind === undefined) return false;
  return isInside(reached.get(behind.symbol), behind.least + low, behind.most + high, writes);
}
