/**
 * What comparisons say on one of their two ways: of a pointer into the packet with its end, that the bytes before the pointer are there;
 * of what a look-up gave with null, that the value is there.
 */

import { packetIsWritable } from "../contexts.ts";
import type { LinkedProgram } from "../link.ts";
import { type Reached, type State, type SymbolValue, type Value, wholeValue } from "./value.ts";

/** Bytes that are there, from where a symbol points. */
interface Bound {
  readonly symbol: number;
  readonly reached: Reached;
}

/** What a conditional jump says where it is taken, and where it is not. */
export interface BoundsOfEdges {
  readonly taken?: Bound;
  readonly other?: Bound;
}

/** Pointers that have come this far cannot have wrapped around. */
export const mostPointer = 2 ** 48;

/** By the operation of a jump `pointer (op) end`: on which way the pointer is not behind the end, and whether it is before it. */
const operations: Readonly<Record<number, { readonly edge: "taken" | "other"; readonly strict: boolean }>> = {
  32: { edge: "other", strict: false },
  48: { edge: "other", strict: true },
  160: { edge: "taken", strict: true },
  176: { edge: "taken", strict: false },
};

/** The same comparison with its sides exchanged. */
const exchanged: Readonly<Record<number, number>> = { 32: 0xa0, 48: 0xb0, 160: 0x20, 176: 0x30 };

/** What the jump at `slot` says, if it compares so, in 64 bits. */
export function boundsAt(program: LinkedProgram, slot: number, { registers, epoch }: State): BoundsOfEdges | undefined {
  const opcode = program.opcodes[slot]!;
  const operation = opcode & 0xf0;
  if ((opcode & 0x0f) === 0x05) return nullCheck(program, slot, registers[program.dst[slot]!]!);
  if ((opcode & 0x0f) !== 0x0d || exchanged[operation] === undefined) return undefined;
  const own = registers[program.dst[slot]!]!;
  const other = registers[program.src[slot]!]!;
  const isPart = (value: Value, part: "inside" | "end"): value is SymbolValue =>
    value.kind === "symbol" && value.packet?.part === part && value.packet.epoch === epoch;
  const isEnd = (value: Value) => isPart(value, "end") && value.offset === 0;
  if (isPart(own, "inside") && isEnd(other)) return boundsOf(program, own, operation);
  if (isPart(other, "inside") && isEnd(own)) return boundsOf(program, other, exchanged[operation]!);
  return undefined;
}

function nullCheck({ opcodes, immediates }: LinkedProgram, slot: number, value: Value): BoundsOfEdges | undefined {
  if (immediates[slot] !== 0 || value.kind !== "symbol" || value.lookedUpIn === undefined || value.offset !== 0)
    return undefined;
  const bound = { symbol: value.symbol, reached: wholeValue(value.lookedUpIn) };
  const operation = opcodes[slot]! & 0xf0;
  if (operation === 0x10) return { other: bound };
  return operation === 0x50 ? { taken: bound } : undefined;
}

function boundsOf(program: LinkedProgram, pointer: SymbolValue, operation: number): BoundsOfEdges | undefined {
  const { edge, strict } = operations[operation]!;
  const high = pointer.offset + (strict ? 1 : 0);
  if (high <= 0) return undefined;
  const written = packetIsWritable(program.spec.hook.kind) ? high : 0;
  return { [edge]: { symbol: pointer.symbol, reached: { low: 0, high, written } } };
}
