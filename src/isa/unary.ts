/** Arithmetic on one register: negation and byte swaps (RFC 9669, sections 4.1 and 4.2). */

import { classes, codeOf, type Instruction, instruction, type Register, sources } from "./instruction.ts";

/** An operation on one register. `on` makes the instruction; `apply` is what it means, on all 64 bits. */
export interface UnaryOperation {
  readonly name: string;
  readonly opcode: number;
  /** For byte swaps: how many bits take part. The rest of the register becomes zero. */
  readonly imm: number;
  on(dst: Register): Instruction;
  apply(dst: bigint): bigint;
}

const codes = { neg: 0x80, end: 0xd0 } as const;

/** `dst = -dst`. */
export const neg = operation("neg", classes.alu64 | codes.neg, 0, (dst) => BigInt.asUintN(64, -dst));
/** `dst = -dst` on the low 32 bits, which zeroes the upper ones. */
export const neg32 = operation("neg32", classes.alu | codes.neg, 0, (dst) => BigInt.asUintN(32, -dst));

const toLittle = classes.alu | codes.end | sources.imm;
const toBig = classes.alu | codes.end | sources.reg;
const swap = classes.alu64 | codes.end | sources.imm;

/** To or from little-endian: on a little-endian machine, a cut to the width. */
export const le16 = operation("le16", toLittle, 16, (dst) => BigInt.asUintN(16, dst));
export const le32 = operation("le32", toLittle, 32, (dst) => BigInt.asUintN(32, dst));
export const le64 = operation("le64", toLittle, 64, (dst) => BigInt.asUintN(64, dst));

/** To or from big-endian, the order of the network. */
export const be16 = operation("be16", toBig, 16, (dst) => swapped(dst, 16));
export const be32 = operation("be32", toBig, 32, (dst) => swapped(dst, 32));
export const be64 = operation("be64", toBig, 64, (dst) => swapped(dst, 64));

/** A swap on every machine. */
export const bswap16 = operation("bswap16", swap, 16, (dst) => swapped(dst, 16));
export const bswap32 = operation("bswap32", swap, 32, (dst) => swapped(dst, 32));
export const bswap64 = operation("bswap64", swap, 64, (dst) => swapped(dst, 64));

/** All operations of one operand. */
export const unaryOperations: readonly UnaryOperation[] = [
  ...[neg, neg32],
  ...[le16, le32, le64],
  ...[be16, be32, be64],
  ...[bswap16, bswap32, bswap64],
];

/** The operation of a negation or byte swap; `undefined` for every other instruction. */
export function unaryOperationOf({ opcode, imm }: Instruction): UnaryOperation | undefined {
  const width = codeOf(opcode) === codes.end ? imm : 0;
  return unaryOperations.find((operation) => operation.opcode === opcode && operation.imm === width);
}

function operation(name: string, opcode: number, imm: number, apply: (dst: bigint) => bigint): UnaryOperation {
  return { name, opcode, imm, on: (dst) => instruction(opcode, { dst, imm }), apply };
}

/** The low `bits` bits with their bytes in the other order. */
function swapped(value: bigint, bits: 16 | 32 | 64): bigint {
  let result = 0n;
  for (let shift = 0n; shift < bits; shift += 8n) result = (result << 8n) | ((value >> shift) & 0xffn);
  return result;
}
