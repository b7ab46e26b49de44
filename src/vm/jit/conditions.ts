/** Conditions of jumps as WebAssembly. */

import { mayGotoOpcode } from "../../isa/jump.ts";
import type { Translation } from "./translation.ts";
import type { PlainInstruction } from "./wasm.ts";

const comparisons: Readonly<Record<number, string>> = {
  16: "eq",
  32: "gt_u",
  48: "ge_u",
  80: "ne",
  96: "gt_s",
  112: "ge_s",
  160: "lt_u",
  176: "le_u",
  192: "lt_s",
  208: "le_s",
};

/** Pushes whether the jump at `slot` is taken. */
export function emitBranchCondition({ program, out, locals }: Translation, slot: number): void {
  const opcode = program.opcodes[slot]!;
  if (opcode === mayGotoOpcode) {
    out.get(locals.fuel);
    out.get(locals.enough);
    out.op("i32.le_s");
    return;
  }
  const is32 = (opcode & 7) === 6;
  const immediate = program.immediates[slot]!;
  const isRegister = (opcode & 8) !== 0;
  const type = is32 ? "i32" : "i64";
  const push = (register: number) => {
    out.get(locals.registers[register]!);
    if (is32) out.op("i32.wrap_i64");
  };
  const operation = opcode & 0xf0;
  push(program.dst[slot]!);
  if (!isRegister && immediate === 0 && (operation === 0x10 || operation === 0x50)) {
    out.op(`${type}.eqz` as PlainInstruction);
    if (operation === 0x50) out.op("i32.eqz");
    return;
  }
  if (isRegister) push(program.src[slot]!);
  else if (is32) out.i32(immediate);
  else out.i64(immediate, immediate >> 31);
  if (operation === 0x40) {
    out.op(`${type}.and` as PlainInstruction, `${type}.eqz` as PlainInstruction, "i32.eqz");
  } else out.op(`${type}.${comparisons[operation]!}` as PlainInstruction);
}
