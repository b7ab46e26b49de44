/** What the kernel asks of a classic program before it runs it (`bpf_check_classic` of `net/core/filter.c`). */

import { InputError } from "../../errors/error.ts";
import { ancillaryNames, ancillaryStart, classicFormOf } from "./forms.ts";
import {
  type ClassicInstruction,
  classicClasses,
  classicOperations,
  memoryWords,
  mostInstructions,
  useIndex,
} from "./instruction.ts";

/** Refuses what the kernel would, and names the instruction. */
export function validateClassic(program: readonly ClassicInstruction[]): void {
  if (program.length === 0 || program.length > mostInstructions) {
    throw new InputError(
      "CLASSIC_BAD_LENGTH",
      `a classic program has 1 to ${mostInstructions} instructions, not ${program.length}`,
    );
  }
  program.forEach((instruction, index) => {
    const reason = reasonAgainst(instruction, program.length - index - 1);
    if (reason !== undefined) refuse(index, reason);
  });
  if ((program.at(-1)!.code & 7) !== classicClasses.ret)
    refuse(program.length - 1, "the last instruction must be a ret");
  checkMemory(program);
}

const { alu, jmp, ld } = classicClasses;
const { div, mod, lsh, rsh } = classicOperations;

/** What is wrong with one instruction, with `left` others behind it. */
function reasonAgainst({ code, jumpTrue, jumpFalse, k }: ClassicInstruction, left: number): string | undefined {
  const form = classicFormOf(code);
  if (form === undefined) return `there is no code 0x${code.toString(16)}`;
  if (form.jumps && Math.max(jumpTrue, jumpFalse) >= left) return "it jumps out of the program";
  if (code === jmp && k >= left) return "it jumps out of the program";
  if (form.notation === "memory" && k >= memoryWords) return `there is no M[${k}]`;
  if (form.notation === "packet" && k >= ancillaryStart && !isAncillary(k))
    return `the kernel knows nothing at offset ${k | 0}`;
  const constant = (code & useIndex) === 0;
  if ((code & 7) !== alu || !constant) return undefined;
  const operation = code & 0xf0;
  if ((operation === div || operation === mod) && k === 0) return "it divides by zero";
  if ((operation === lsh || operation === rsh) && k >= 32) return `it shifts by ${k} bits, more than there are`;
  return undefined;
}

function isAncillary(k: number): boolean {
  const distance = k - ancillaryStart;
  return distance % 4 === 0 && distance / 4 < ancillaryNames.length;
}

/** Refuses a program that may load a word of memory which nothing was stored to on some way there. */
function checkMemory(program: readonly ClassicInstruction[]): void {
  const all = (1 << memoryWords) - 1;
  /** Bits of the words that are stored to on every way to an instruction. Jumps go forward: one pass sees all ways. */
  const stored = new Array<number>(program.length + 1).fill(all);
  let here = 0;
  program.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
    here &= stored[index]!;
    const form = classicFormOf(code);
    const reach = (distance: number) => {
      stored[index + 1 + distance]! &= here;
    };
    if (form?.notation === "memory") {
      const isLoad = (code & 7) === ld || (code & 7) === classicClasses.ldx;
      if (isLoad && (here & (1 << k)) === 0) refuse(index, `M[${k}] may hold nothing yet`);
      if (!isLoad) here |= 1 << k;
    } else if (form?.jumps || code === jmp) {
      for (const distance of code === jmp ? [k] : [jumpTrue, jumpFalse]) reach(distance);
      here = all;
    }
  });
}

function refuse(index: number, reason: string): never {
  throw new InputError("CLASSIC_BAD_INSTRUCTION", `instruction ${index}: ${reason}`);
}
