/** Jumps of the eBPF machine (RFC 9669, section 4.3): one value per condition, in both widths. */

import type { Width } from "./alu.ts";
import { classes, codeOf, type Instruction, instruction, type Register, sources } from "./instruction.ts";

/** One condition. `imm` and `reg` make the jump; `apply` says whether it is taken. `offset` is in slots. */
export interface Condition {
  readonly name: string;
  readonly code: number;
  /** How it is written: `if r1 <symbol> r2`. */
  readonly symbol: string;
  /** Jumps when `dst (op) value`, which is sign-extended from 32 bits. */
  imm(dst: Register, value: number, offset: number): Instruction;
  /** Jumps when `dst (op) src`. */
  reg(dst: Register, src: Register, offset: number): Instruction;
  /** The same, looking at the low 32 bits only. */
  imm32(dst: Register, value: number, offset: number): Instruction;
  reg32(dst: Register, src: Register, offset: number): Instruction;
  /** Whether 64-bit operands satisfy it. */
  apply(dst: bigint, src: bigint): boolean;
  /** Whether the low 32 bits do. */
  apply32(dst: bigint, src: bigint): boolean;
}

/** A comparison of operands of one width, given unsigned or signed as the condition reads them. */
type Comparison = (dst: bigint, src: bigint) => boolean;

export const jeq = unsigned("jeq", "==", 0x10, (dst, src) => dst === src);
export const jgt = unsigned("jgt", ">", 0x20, (dst, src) => dst > src);
export const jge = unsigned("jge", ">=", 0x30, (dst, src) => dst >= src);
/** Taken when the operands have a bit in common. */
export const jset = unsigned("jset", "&", 0x40, (dst, src) => (dst & src) !== 0n);
export const jne = unsigned("jne", "!=", 0x50, (dst, src) => dst !== src);
export const jsgt = signed("jsgt", "s>", 0x60, (dst, src) => dst > src);
export const jsge = signed("jsge", "s>=", 0x70, (dst, src) => dst >= src);
export const jlt = unsigned("jlt", "<", 0xa0, (dst, src) => dst < src);
export const jle = unsigned("jle", "<=", 0xb0, (dst, src) => dst <= src);
export const jslt = signed("jslt", "s<", 0xc0, (dst, src) => dst < src);
export const jsle = signed("jsle", "s<=", 0xd0, (dst, src) => dst <= src);

/** Every condition that a jump can have. */
export const conditions: readonly Condition[] = [jeq, jgt, jge, jset, jne, jsgt, jsge, jlt, jle, jslt, jsle];

const opposites = new Map<Condition, Condition>(
  [[jeq, jne] as const, [jgt, jle] as const, [jge, jlt] as const, [jsgt, jsle] as const, [jsge, jslt] as const].flatMap(
    ([one, other]) => [
      [one, other],
      [other, one],
    ],
  ),
);

/** The condition that holds exactly when this one does not; `jset` has none. */
export function oppositeOf(condition: Condition): Condition | undefined {
  return opposites.get(condition);
}

/** Goes on `offset` slots further, at most 32,767. */
export function jump(offset: number): Instruction {
  return instruction(classes.jmp, { offset });
}

/** Goes on `distance` slots further, at any distance. */
export function jumpFar(distance: number): Instruction {
  return instruction(classes.jmp32, { imm: distance });
}

/** Class `jmp` with the code that Linux 6.10 gave to jumps on conditions of its own (`BPF_JCOND`). */
export const mayGotoOpcode = classes.jmp | 0xe0;

/** Goes on at the next instruction some millions of times, `offset` slots further after that: it ends any loop. */
export function mayGoto(offset: number): Instruction {
  return instruction(mayGotoOpcode, { offset });
}

const byCode = new Map(conditions.map((condition) => [condition.code, condition]));

/** The condition of an instruction of class `jmp` or `jmp32`; `undefined` for plain jumps, calls and the exit. */
export function conditionOf({ opcode }: Instruction): Condition | undefined {
  return byCode.get(codeOf(opcode));
}

/** The distance in slots of a jump of any kind; `undefined` for instructions that do not jump. */
export function jumpDistance(candidate: Instruction): number | undefined {
  if (candidate.opcode === classes.jmp || candidate.opcode === mayGotoOpcode) return candidate.offset;
  if (candidate.opcode === classes.jmp32) return candidate.imm;
  const jumps = (candidate.opcode & 0x07) === classes.jmp || (candidate.opcode & 0x07) === classes.jmp32;
  return jumps && conditionOf(candidate) !== undefined ? candidate.offset : undefined;
}

function unsigned(name: string, symbol: string, code: number, compare: Comparison): Condition {
  return condition(
    name,
    symbol,
    code,
    (bits) => (dst, src) => compare(BigInt.asUintN(bits, dst), BigInt.asUintN(bits, src)),
  );
}

function signed(name: string, symbol: string, code: number, compare: Comparison): Condition {
  return condition(
    name,
    symbol,
    code,
    (bits) => (dst, src) => compare(BigInt.asIntN(bits, dst), BigInt.asIntN(bits, src)),
  );
}

function condition(name: string, symbol: string, code: number, comparison: (bits: Width) => Comparison): Condition {
  const make = (width: number, source: number, fields: Partial<Instruction>) =>
    instruction(width | source | code, fields);
  return {
    name,
    symbol,
    code,
    imm: (dst, imm, offset) => make(classes.jmp, sources.imm, { dst, imm, offset }),
    reg: (dst, src, offset) => make(classes.jmp, sources.reg, { dst, src, offset }),
    imm32: (dst, imm, offset) => make(classes.jmp32, sources.imm, { dst, imm, offset }),
    reg32: (dst, src, offset) => make(classes.jmp32, sources.reg, { dst, src, offset }),
    apply: comparison(64),
    apply32: comparison(32),
  };
}
