/** Whether a program is made of instructions that exist, and jumps only to such: before anyone asks what it does. */

import { InputError } from "../errors/error.ts";
import { decode } from "./decode.ts";
import { type Field, type Form, formOf, formsOfOpcode, wrongFields } from "./forms.ts";
import { type Instruction, slotsOf } from "./instruction.ts";

/** The instructions of `code`; an error says the slot and the field that makes it no program (RFC 9669). */
export function decodeProgram(code: Uint8Array): Instruction[] {
  const instructions = decode(code);
  validate(instructions);
  return instructions;
}

/** Refuses opcodes that do not exist, reserved fields that are not zero, and jumps out of the program or into a load. */
export function validate(instructions: readonly Instruction[]): void {
  const starts = new Set<number>();
  let end = 0;
  for (const instruction of instructions) {
    starts.add(end);
    end += slotsOf(instruction);
  }
  let slot = 0;
  for (const instruction of instructions) {
    const form = formOf(instruction);
    if (form === undefined) throw refusal(slot, reasonAgainst(instruction));
    const target = targetOf(form, instruction, slot);
    if (target !== undefined && !starts.has(target)) {
      const inside = target >= 0 && target < end;
      throw refusal(slot, `it goes to slot ${target}, ${inside ? "the second half of a load" : "outside the program"}`);
    }
    slot += slotsOf(instruction);
  }
}

/** The slot that a jump, a local call or a function's address names. */
function targetOf({ operands }: Form, { offset, imm }: Instruction, slot: number): number | undefined {
  if (operands.includes("near")) return slot + 1 + offset;
  return operands.includes("far") ? slot + 1 + imm : undefined;
}

const fieldNames: Record<Field, string> = {
  dst: "destination register",
  src: "source register",
  offset: "offset",
  imm: "immediate",
  immHigh: "second immediate",
};

/** What is wrong in the words of the form that is nearest: the one with the fewest wrong fields. */
function reasonAgainst(instruction: Instruction): string {
  const nearest = formsOfOpcode(instruction.opcode)
    .map((form) => ({ form, wrong: wrongFields(form, instruction) }))
    .sort((one, other) => one.wrong.length - other.wrong.length)[0];
  const [wrong] = nearest?.wrong ?? [];
  if (nearest === undefined || wrong === undefined) return `there is no opcode 0x${instruction.opcode.toString(16)}`;
  const { field, value } = wrong;
  return `the ${fieldNames[field]} of ${nearest.form.name} must be ${value}, it is ${instruction[field]}`;
}

function refusal(slot: number, reason: string): InputError {
  return new InputError("ISA_BAD_INSTRUCTION", `slot ${slot}: ${reason}`);
}
