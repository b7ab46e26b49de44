/** What is known of the results of arithmetic, by what is known of its operands. */

import { pseudoSources } from "../../isa/memory.ts";
import type { LinkedProgram } from "../link.ts";
import { mostPointer } from "./bounds.ts";
import { type Fresh, mostOf, rootOf, type SymbolFacts, type Value } from "./value.ts";

export const word = 2 ** 32 - 1;

/** The greatest that 32 bits of a result can be. */
export function mostOf32(
  { opcodes, dst, src, offsets, immediates }: LinkedProgram,
  slot: number,
  registers: readonly Value[],
): number {
  const imm = immediates[slot]!;
  const own = Math.min(word, mostOf(registers[dst[slot]!]!));
  const fitting = (most: number) => Math.min(most, word);
  switch (opcodes[slot]) {
    case 0x04: // add
      return imm >= 0 ? fitting(own + imm) : word;
    case 0x54: // and
      return imm >= 0 ? Math.min(own, imm) : own;
    case 0x64: // lsh
      return fitting(own * 2 ** (imm & 31));
    case 0x74: // rsh
      return Math.floor(own / 2 ** (imm & 31));
    case 0xbc: // mov
      return offsets[slot] === 0 ? Math.min(word, mostOf(registers[src[slot]!]!)) : word;
    default:
      return word;
  }
}

export function immediateValue(linked: LinkedProgram, slot: number): Value {
  const map = linked.maps.get(slot);
  if (map !== undefined && linked.src[slot] === pseudoSources.mapFd) return { kind: "map", map };
  if (map?.place?.kind === "array") {
    return { kind: "place", map, offset: linked.immediates[slot]! - map.place.firstAddress };
  }
  if (linked.src[slot] === pseudoSources.function) return { kind: "function", slot: linked.immediates[slot]! };
  return { kind: "number", low: linked.immediates[slot]!, high: linked.uppers[slot]! };
}

/** The result of 64-bit arithmetic. */
export function moved(
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
  const isRegister = (opcode & 8) !== 0;
  if (isRegister) escape(other);
  const operand: Value = isRegister ? other : { kind: "number", low: imm, high: imm >> 31 };
  return fresh(combined(opcode & 0xf0, own, operand));
}

/** What is known of the result of an operation. */
function combined(operation: number, own: Value, other: Value): SymbolFacts {
  const [ownMost, otherMost] = [mostOf(own), mostOf(other)];
  const count = other.kind === "number" ? other.low & 63 : undefined;
  const unknown = Number.POSITIVE_INFINITY;
  // Beyond this, numbers are not exact any more, and may wrap around.
  const bounded = (most: number) => (most <= mostPointer ? most : unknown);
  switch (operation) {
    case 0x00:
      return sumOf(own, other, bounded(ownMost + otherMost));
    case 0x10:
      return { root: rootOf(other) === undefined ? rootOf(own) : undefined };
    case 0x20:
      return { root: undefined, most: bounded(ownMost * otherMost) };
    case 0x50:
      return { root: undefined, most: Math.min(ownMost, otherMost) };
    case 0x40:
    case 0xa0: {
      const most = Math.max(ownMost, otherMost);
      return { root: undefined, most: most <= mostPointer ? 2 ** Math.ceil(Math.log2(most + 1)) - 1 : unknown };
    }
    case 0x60:
      return { root: undefined, most: count === undefined ? unknown : bounded(ownMost * 2 ** count) };
    case 0x70:
      return { root: undefined, most: count === undefined ? ownMost : Math.floor(ownMost / 2 ** count) };
    default:
      return { root: undefined };
  }
}

/** A pointer and a number: it lies behind what the pointer was. */
function sumOf(own: Value, other: Value, most: number): SymbolFacts {
  const [pointer, number] = rootOf(own) === undefined ? [other, own] : [own, other];
  if (pointer.kind !== "symbol" || rootOf(number) !== undefined) return { root: undefined, most };
  const distance = mostOf(number);
  const { root, symbol, offset, behind, packet } = pointer;
  const isInPacket = packet?.part === "inside" && offset === 0 && most <= mostPointer;
  const from = behind ?? { symbol, least: 0, most: 0 };
  const isNear = distance <= 1 << 29 && from.most + offset + distance <= 1 << 29;
  return {
    root,
    most,
    ...(isInPacket && { packet }),
    ...(isNear && {
      behind: { symbol: from.symbol, least: from.least + offset, most: from.most + offset + distance },
    }),
  };
}
