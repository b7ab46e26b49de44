/** Puts the value of a relocation into one instruction, as `bpf_core_patch_insn` of libbpf does. */

import { InputError } from "../errors/error.ts";
import { callHelper } from "../isa/call.ts";
import { encodeInstruction, slotBytes } from "../isa/encode.ts";
import { classes, classOf, type Instruction, loadImmediate64, slotsOf, usesRegister } from "../isa/instruction.ts";
import { type AccessSize, accessSizeOf, modeOf, modes, sizes } from "../isa/memory.ts";
import { print } from "../isa/print.ts";
import type { AccessSizes } from "./access-size.ts";

/** The new instruction, or why there can be none on this kernel: "this kernel has no sock.sk_cookie …". */
export type Patched =
  | { readonly kind: "patched"; readonly instruction: Instruction }
  | { readonly kind: "impossible"; readonly reason: string };

/** The call of a helper that no kernel has: the verifier shows its number, libbpf's mark for a failed relocation. */
const poisonHelper = 0xbad2310;

/** Writes `value` where the instruction has its offset or immediate; `access` also fits the size of a load or store. */
export function patch(instruction: Instruction, value: bigint, access?: AccessSizes): Patched {
  const { opcode } = instruction;
  switch (classOf(opcode)) {
    case classes.ldx:
    case classes.st:
    case classes.stx:
      return patchMemory(instruction, value, access);
    case classes.alu:
    case classes.alu64:
      if (usesRegister(opcode)) break;
      return patchImmediate(instruction, value);
    case classes.ld:
      if (opcode !== loadImmediate64 || instruction.src !== 0) break;
      return patched(instruction, { imm: lowHalf(value), immHigh: lowHalf(value >> 32n) });
  }
  throw new InputError("BTF_BAD_RELOCATION", `a relocation is for "${print(instruction)}", which has no place for it`);
}

function patchMemory(instruction: Instruction, value: bigint, access?: AccessSizes): Patched {
  if (value > 0x7fffn) return impossible("near enough for a load (its offset is over 32767)");
  const offset = Number(value);
  if (access === undefined || access.local === access.target) return patched(instruction, { offset });

  const { opcode } = instruction;
  const { local, target, canChange } = access;
  if (!canChange || !isAccessSize(target)) return impossible(`of ${inBytes(local)} (it has ${inBytes(target)})`);
  if (accessSizeOf(opcode) !== local || modeOf(opcode) !== modes.mem) {
    throw new InputError(
      "BTF_BAD_RELOCATION",
      `"${print(instruction)}" does not read its field of ${local} bytes whole`,
    );
  }
  return patched(instruction, { offset, opcode: classOf(opcode) | modes.mem | sizes[target] });
}

function patchImmediate(instruction: Instruction, value: bigint): Patched {
  // A 64-bit operation extends its immediate by the sign, a 32-bit one does not care.
  const highest = classOf(instruction.opcode) === classes.alu64 ? 0x7fff_ffffn : 0xffff_ffffn;
  if (value < -0x8000_0000n || value > highest) return impossible(`that fits 32 bits (it is ${value})`);
  return patched(instruction, { imm: lowHalf(value) });
}

/** Makes the instruction at `slot` one that the verifier refuses wherever it can be reached. */
export function poison(instruction: Instruction, view: DataView, slot: number): void {
  for (let index = 0; index < slotsOf(instruction); index++) {
    encodeInstruction(callHelper(poisonHelper), view, (slot + index) * slotBytes);
  }
}

/** Makes the call at `slot`, of what this kernel does not have, one that the verifier refuses wherever it can be reached. */
export function poisonedCall(view: DataView, slot: number): void {
  encodeInstruction(callHelper(poisonHelper), view, slot * slotBytes);
}

function inBytes(size: number): string {
  return size === 0 ? "single bits" : `${size} bytes`;
}

function isAccessSize(size: number): size is AccessSize {
  return size === 1 || size === 2 || size === 4 || size === 8;
}

function patched(instruction: Instruction, change: Partial<Instruction>): Patched {
  return { kind: "patched", instruction: { ...instruction, ...change } };
}

function impossible(reason: string): Patched {
  return { kind: "impossible", reason };
}

function lowHalf(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
