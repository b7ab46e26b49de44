/** Instructions → bytes, little-endian (RFC 9669, section 3). */

import { type Instruction, loadImmediate64, slotsOf } from "./instruction.ts";

/** The bytes of one slot. */
export const slotBytes = 8;

/** The bytes of a program. Positions in it are slots: a 64-bit immediate load takes two. */
export function encode(instructions: readonly Instruction[]): Uint8Array {
  const slots = instructions.reduce((sum, instruction) => sum + slotsOf(instruction), 0);
  const code = new Uint8Array(slots * slotBytes);
  const view = new DataView(code.buffer);
  let at = 0;
  for (const instruction of instructions) {
    encodeInstruction(instruction, view, at);
    at += slotsOf(instruction) * slotBytes;
  }
  return code;
}

/** Writes one instruction at byte `at`. */
export function encodeInstruction(instruction: Instruction, view: DataView, at: number): void {
  const { opcode, dst, src, offset, imm, immHigh } = instruction;
  view.setUint8(at, opcode);
  view.setUint8(at + 1, dst | (src << 4));
  view.setInt16(at + 2, offset, true);
  view.setInt32(at + 4, imm, true);
  if (opcode !== loadImmediate64) return;
  view.setUint32(at + 8, 0);
  view.setInt32(at + 12, immHigh, true);
}
