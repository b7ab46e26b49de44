/** Reads what `printClassic` and `tcpdump -d` print. */

import { InputError } from "../../errors/error.ts";
import { ancillaryNames, ancillaryStart, type ClassicForm, type ClassicNotation, classicForms } from "./forms.ts";
import type { ClassicInstruction } from "./instruction.ts";

/** The program in the text, whose lines are numbered from 0; an error says the line. */
export function parseClassic(text: string): ClassicInstruction[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, index) => parseLine(line, index));
}

const shape = /^\((\d+)\)\s+(\w+)(?:\s+(.*?))?(?:\s+jt\s+(\d+)\s+jf\s+(\d+))?\s*$/;

function parseLine(line: string, index: number): ClassicInstruction {
  const match = shape.exec(line);
  const [, number, name, operand = "", whenTrue, whenFalse] = match ?? [];
  for (const form of classicForms) {
    if (form.name !== name || Number(number) !== index || (form.jumps === true) !== (whenTrue !== undefined)) continue;
    const k = readOperand(form, operand, index);
    if (k === undefined) continue;
    const distance = (target: string | undefined) => (target === undefined ? 0 : Number(target) - index - 1);
    const [jumpTrue, jumpFalse] = [distance(whenTrue), distance(whenFalse)];
    if ([jumpTrue, jumpFalse].every((one) => one >= 0 && one <= 255))
      return { code: form.code, jumpTrue, jumpFalse, k };
  }
  throw new InputError("CLASSIC_BAD_TEXT", `line ${index + 1}: this is no classic instruction: ${line.trim()}`);
}

const patterns: Record<ClassicNotation, RegExp> = {
  none: /^$/,
  decimal: /^#(-?\d+)$/,
  hexadecimal: /^#(0x[0-9a-f]{1,8})$/,
  packet: /^\[(-?\d+|[a-z]\w*)\]$/,
  indexed: /^\[x \+ (-?\d+)\]$/,
  memory: /^M\[(\d+)\]$/,
  headerLength: /^4\*\(\[(-?\d+)\]&0xf\)$/,
  length: /^#pktlen$/,
  index: /^x$/,
  target: /^(\d+)$/,
};

function readOperand({ notation }: ClassicForm, text: string, index: number): number | undefined {
  const match = patterns[notation].exec(text);
  if (match === null) return undefined;
  const value = match[1] ?? "0";
  const ancillary = (ancillaryNames as readonly string[]).indexOf(value);
  if (ancillary !== -1) return ancillaryStart + ancillary * 4;
  const number = Number(value) - (notation === "target" ? index + 1 : 0);
  return Number.isInteger(number) && number >= -(2 ** 31) && number < 2 ** 32 ? number >>> 0 : undefined;
}
