/** Classic programs as text, as `tcpdump -d` prints them. */

import { ancillaryNames, ancillaryStart, type ClassicForm, classicFormOf } from "./forms.ts";
import type { ClassicInstruction } from "./instruction.ts";

/** A program, one instruction a line, each with its number. */
export function printClassic(program: readonly ClassicInstruction[]): string {
  return program.map((instruction, index) => printClassicInstruction(instruction, index)).join("\n");
}

/** The instruction at `index` of a program: jumps are printed with the numbers of where they go. */
export function printClassicInstruction(instruction: ClassicInstruction, index: number): string {
  const { code, jumpTrue, jumpFalse } = instruction;
  const number = `(${String(index).padStart(3, "0")})`;
  const form = classicFormOf(code);
  if (form === undefined) return `${number} ${"unimp".padEnd(8)} 0x${code.toString(16)}`;
  const operand = writeOperand(form, instruction, index);
  if (form.jumps === undefined) return `${number} ${form.name.padEnd(8)} ${operand}`;
  const targets = `jt ${index + 1 + jumpTrue}\tjf ${index + 1 + jumpFalse}`;
  return `${number} ${form.name.padEnd(8)} ${operand.padEnd(16)} ${targets}`;
}

function writeOperand({ notation }: ClassicForm, { k }: ClassicInstruction, index: number): string {
  const signed = k | 0;
  switch (notation) {
    case "none":
      return "";
    case "decimal":
      return `#${signed}`;
    case "hexadecimal":
      return `#0x${k.toString(16)}`;
    case "packet":
      return `[${ancillaryName(k) ?? signed}]`;
    case "indexed":
      return `[x + ${signed}]`;
    case "memory":
      return `M[${signed}]`;
    case "headerLength":
      return `4*([${signed}]&0xf)`;
    case "length":
      return "#pktlen";
    case "index":
      return "x";
    case "target":
      return String(index + 1 + signed);
  }
}

function ancillaryName(k: number): string | undefined {
  const distance = k - ancillaryStart;
  return distance >= 0 && distance % 4 === 0 ? ancillaryNames[distance / 4] : undefined;
}
