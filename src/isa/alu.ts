/** Arithmetic of the eBPF machine (RFC 9669, section 4.1): one value per operation, in both widths. */

import { classes, type Instruction, instruction, type Register, sources } from "./instruction.ts";

/** Operand width in bits. */
export type Width = 32 | 64;

/** One arithmetic operation. `imm` and `reg` make the instruction; `apply` is what it means. */
export interface AluOperation {
  readonly name: string;
  readonly code: number;
  /** Tells signed from unsigned division, and the widths of sign-extending moves. */
  readonly offset: number;
  /** How it is written: `r1 <symbol> r2`. */
  readonly symbol: string;
  /** `dst (op)= value`, sign-extended from 32 bits. */
  imm(dst: Register, value: number): Instruction;
  /** `dst (op)= src`. */
  reg(dst: Register, src: Register): Instruction;
  /** `dst (op)= value` on the low 32 bits, which zeroes the upper ones. */
  imm32(dst: Register, value: number): Instruction;
  /** `dst (op)= src` on the low 32 bits, which zeroes the upper ones of `dst`. */
  reg32(dst: Register, src: Register): Instruction;
  /** The result for 64-bit operands, unsigned; division by zero gives 0 and modulo by zero gives `dst`. */
  apply(dst: bigint, src: bigint): bigint;
  /** The same on the low 32 bits of both. */
  apply32(dst: bigint, src: bigint): bigint;
}

/** What an operation does to operands of `bits` bits, given unsigned. The result is cut to the width afterwards. */
type Meaning = (dst: bigint, src: bigint, bits: Width) => bigint;

const signed = (value: bigint, bits: Width) => BigInt.asIntN(bits, value);
/** Shifts use the low 5 or 6 bits of their count. */
const count = (value: bigint, bits: Width) => value & BigInt(bits - 1);

export const add = operation("add", "+=", 0x00, 0, (dst, src) => dst + src);
export const sub = operation("sub", "-=", 0x10, 0, (dst, src) => dst - src);
export const mul = operation("mul", "*=", 0x20, 0, (dst, src) => dst * src);
export const div = operation("div", "/=", 0x30, 0, (dst, src) => (src === 0n ? 0n : dst / src));
export const or = operation("or", "|=", 0x40, 0, (dst, src) => dst | src);
export const and = operation("and", "&=", 0x50, 0, (dst, src) => dst & src);
/** Shift left. */
export const lsh = operation("lsh", "<<=", 0x60, 0, (dst, src, bits) => dst << count(src, bits));
/** Shift right, filling with zeros. */
export const rsh = operation("rsh", ">>=", 0x70, 0, (dst, src, bits) => dst >> count(src, bits));
export const mod = operation("mod", "%=", 0x90, 0, (dst, src) => (src === 0n ? dst : dst % src));
export const xor = operation("xor", "^=", 0xa0, 0, (dst, src) => dst ^ src);
export const mov = operation("mov", "=", 0xb0, 0, (_, src) => src);
/** Shift right, filling with the sign. */
export const arsh = operation("arsh", "s>>=", 0xc0, 0, (dst, src, bits) => signed(dst, bits) >> count(src, bits));

/** Signed division, rounding towards zero; the lowest number divided by -1 is itself, as it wraps. */
export const sdiv = operation("sdiv", "s/=", 0x30, 1, (dst, src, bits) =>
  src === 0n ? 0n : signed(dst, bits) / signed(src, bits),
);
/** Signed modulo; the result has the sign of the dividend. */
export const smod = operation("smod", "s%=", 0x90, 1, (dst, src, bits) =>
  src === 0n ? dst : signed(dst, bits) % signed(src, bits),
);

/** Moves of the low bits of a register, extended by their sign. They take registers only. */
export const movsx8 = operation("movsx8", "= (s8)", 0xb0, 8, (_, src) => BigInt.asIntN(8, src));
export const movsx16 = operation("movsx16", "= (s16)", 0xb0, 16, (_, src) => BigInt.asIntN(16, src));
/** In 64 bits only: in 32 bits it would be `mov`. */
export const movsx32 = operation("movsx32", "= (s32)", 0xb0, 32, (_, src) => BigInt.asIntN(32, src));

/** All operations of two operands. */
export const aluOperations: readonly AluOperation[] = [
  ...[add, sub, mul, div, or, and, lsh, rsh, mod, xor, mov, arsh, sdiv, smod],
  ...[movsx8, movsx16, movsx32],
];

const byCode = new Map(aluOperations.map((operation) => [operation.code | (operation.offset << 8), operation]));

/** The operation of an instruction of class `alu` or `alu64`; `undefined` for negation, byte swaps and the unknown. */
export function aluOperationOf({ opcode, offset }: Instruction): AluOperation | undefined {
  return byCode.get((opcode & 0xf0) | (offset << 8));
}

function operation(name: string, symbol: string, code: number, offset: number, meaning: Meaning): AluOperation {
  const make = (width: number, source: number, fields: Partial<Instruction>) =>
    instruction(width | source | code, { ...fields, offset });
  const apply = (bits: Width) => (dst: bigint, src: bigint) =>
    BigInt.asUintN(bits, meaning(BigInt.asUintN(bits, dst), BigInt.asUintN(bits, src), bits));
  return {
    name,
    symbol,
    code,
    offset,
    imm: (dst, imm) => make(classes.alu64, sources.imm, { dst, imm }),
    reg: (dst, src) => make(classes.alu64, sources.reg, { dst, src }),
    imm32: (dst, imm) => make(classes.alu, sources.imm, { dst, imm }),
    reg32: (dst, src) => make(classes.alu, sources.reg, { dst, src }),
    apply: apply(64),
    apply32: apply(32),
  };
}
