/** Bytes → instructions. Unknown opcodes pass: whether a program makes sense is the verifier's question. */

import { InputError } from "../errors/error.ts";
import { slotBytes } from "./encode.ts";
import { type Instruction, loadImmediate64, type Register, slotsOf } from "./instruction.ts";

/** The instructions of a program; an error when it ends within one or names a register that does not exist. */
export function decode(code: Uint8Array): Instruction[] {
  if (code.length % slotBytes !== 0) {
    throw new InputError("ISA_BAD_LENGTH", `code is a multiple of 8 bytes long, this is ${code.length}`);
  }
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const instructions: Instruction[] = [];
  for (let at = 0; at < code.length; ) {
    const instruction = decodeInstruction(view, at);
    instructions.push(instruction);
    at += slotsOf(instruction) * slotBytes;
  }
  return instructions;
}

/** Reads the instruction at byte `at`, where at least one slot is left. */
export function decodeInstruction(view: DataView, at: number): Instruction {
  const opcode = view.getUint8(at);
  const registers = view.getUint8(at + 1);
  return {
    opcode,
    dst: register(registers & 0x0f, at),
    src: register(registers >> 4, at),
    offset: view.getInt16(at + 2, true),
    imm: view.getInt32(at + 4, true),
    immHigh: opcode === loadImmediate64 ? secondSlot(view, at + slotBytes) : 0,
  };
}

/** The upper half of a 64-bit immediate; all other fields of its slot are reserved and zero. */
function secondSlot(view: DataView, at: number): number {
  if (at + slotBytes > view.byteLength || view.getUint32(at, true) !== 0) {
    throw new InputError("ISA_HALF_LOAD", `slot ${at / slotBytes}: this is no second half of a 64-bit immediate load`);
  }
  return view.getInt32(at + 4, true);
}

function register(number: number, at: number): Register {
  if (number > 10) throw new InputError("ISA_BAD_REGISTER", `slot ${at / slotBytes}: there is no register r${number}`);
  return number as Register;
}
