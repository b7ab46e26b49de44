/** The instruction of the eBPF machine (RFC 9669, section 3): five fields, and a second immediate for 64-bit loads. */

import { InputError } from "../errors/error.ts";

/** Registers: r0 holds results, r1 to r5 arguments, r6 to r9 survive calls, r10 is the read-only frame pointer. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export const r0 = 0;
export const r1 = 1;
export const r2 = 2;
export const r3 = 3;
export const r4 = 4;
export const r5 = 5;
export const r6 = 6;
export const r7 = 7;
export const r8 = 8;
export const r9 = 9;
export const r10 = 10;

/** One instruction, as plain data. Jump and call distances are in slots of 8 bytes, from the next instruction on. */
export interface Instruction {
  /** Class in the low three bits; what the rest means depends on the class. */
  readonly opcode: number;
  readonly dst: Register;
  readonly src: Register;
  /** Signed, 16 bits. */
  readonly offset: number;
  /** Signed, 32 bits. */
  readonly imm: number;
  /** The upper 32 bits of a 64-bit immediate load, signed; 0 in every other instruction. */
  readonly immHigh: number;
}

/** The low three bits of an opcode (RFC 9669, section 3.1). */
export const classes = {
  /** Loads of 64-bit immediates, and the deprecated packet access. */
  ld: 0,
  /** Loads into a register. */
  ldx: 1,
  /** Stores of an immediate. */
  st: 2,
  /** Stores of a register, and atomic operations. */
  stx: 3,
  /** 32-bit arithmetic. */
  alu: 4,
  /** Jumps that compare 64 bits, calls and the exit. */
  jmp: 5,
  /** Jumps that compare 32 bits. */
  jmp32: 6,
  /** 64-bit arithmetic. */
  alu64: 7,
} as const;

/** A name of `classes`. */
export type InstructionClass = keyof typeof classes;

/** Bit 3 of arithmetic and jump opcodes: where the second operand is. */
export const sources = { imm: 0x00, reg: 0x08 } as const;

/** The opcode of a 64-bit immediate load, the one instruction that takes two slots. */
export const loadImmediate64 = 0x18;

/** The class bits of an opcode. */
export function classOf(opcode: number): number {
  return opcode & 0x07;
}

/** The operation bits of an arithmetic or jump opcode. */
export function codeOf(opcode: number): number {
  return opcode & 0xf0;
}

/** Whether the second operand is the `src` register. */
export function usesRegister(opcode: number): boolean {
  return (opcode & sources.reg) !== 0;
}

/** How many slots of 8 bytes an instruction takes. */
export function slotsOf(instruction: Instruction): 1 | 2 {
  return instruction.opcode === loadImmediate64 ? 2 : 1;
}

/** An instruction with the fields that are not given zero; an error where one does not fit. */
export function instruction(opcode: number, fields: Partial<Omit<Instruction, "opcode">> = {}): Instruction {
  const { dst = 0, src = 0, offset = 0, imm = 0, immHigh = 0 } = fields;
  checkSigned("offset", offset, 16);
  checkSigned("immediate", imm, 32);
  return { opcode, dst, src, offset, imm, immHigh };
}

function checkSigned(label: string, value: number, bits: 16 | 32): void {
  const limit = 2 ** (bits - 1);
  if (!Number.isInteger(value) || value < -limit || value >= limit) {
    throw new InputError("ISA_OUT_OF_RANGE", `${value} does not fit the signed ${bits}-bit ${label} of an instruction`);
  }
}
