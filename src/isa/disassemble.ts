/** Instructions → text that `assemble` reads back, in the dialect of the eBPF conformance suite. */

import { InputError } from "../errors/error.ts";
import { type Form, formOf, type Operand } from "./forms.ts";
import { type Instruction, slotsOf } from "./instruction.ts";
import { immediateOf } from "./memory.ts";
import { withSign } from "./number-text.ts";
import { print } from "./print.ts";

/** A program, one instruction a line; an error for one that is of no form, which no text could bring back. */
export function disassemble(instructions: readonly Instruction[]): string {
  let slot = 0;
  let text = "";
  for (const instruction of instructions) {
    const form = formOf(instruction);
    if (form === undefined) {
      throw new InputError("ISA_BAD_INSTRUCTION", `slot ${slot}: no instruction is like this: ${print(instruction)}`);
    }
    text += `${disassembleAs(form, instruction)}\n`;
    slot += slotsOf(instruction);
  }
  return text;
}

function disassembleAs({ name, operands }: Form, instruction: Instruction): string {
  const written = operands.filter((operand) => operand !== "offset" || instruction.offset !== 0);
  return `${name} ${written.map((operand) => writeOperand(operand, instruction)).join(", ")}`.trimEnd();
}

function writeOperand(operand: Operand, instruction: Instruction): string {
  const { dst, src, offset, imm, immHigh } = instruction;
  switch (operand) {
    case "dst":
      return `%r${dst}`;
    case "src":
      return `%r${src}`;
    case "[dst]":
      return place(dst, offset);
    case "[src]":
      return place(src, offset);
    case "imm":
      return String(imm);
    case "immHigh":
      return String(immHigh);
    case "imm64":
      return `0x${immediateOf(instruction).toString(16)}`;
    case "offset":
      return String(offset);
    case "near":
      return withSign(offset);
    case "far":
      return withSign(imm);
  }
}

function place(register: number, offset: number): string {
  return `[%r${register}${offset === 0 ? "" : withSign(offset)}]`;
}
