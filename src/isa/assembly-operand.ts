/** Operands of the assembler's dialect as text → the fields of an instruction that they fill. */

import type { Token } from "./assembly-line.ts";
import type { Field, Operand } from "./forms.ts";
import { isNumber, parseNumber, parseNumber64 } from "./number-text.ts";

/** What an operand's meaning depends on. */
export interface Surroundings {
  /** The slots of labels. */
  readonly labels: ReadonlyMap<string, number>;
  /** The slot that distances are counted from. */
  readonly from: number;
  /** Refuses the word. */
  fail(token: Token, message: string): never;
}

export type Fields = Partial<Record<Field, number>>;

/** The fields that `token` gives the instruction when it stands for `operand`. */
export function fieldsOfOperand(operand: Operand, token: Token, surroundings: Surroundings): Fields {
  const { fail } = surroundings;
  switch (operand) {
    case "dst":
    case "src":
      return { [operand]: register(token.text) ?? fail(token, noRegister(token.text)) };
    case "[dst]":
      return place("dst", token, surroundings);
    case "[src]":
      return place("src", token, surroundings);
    case "imm":
    case "immHigh":
      return { [operand]: parseNumber(token.text, 32) ?? fail(token, noNumber(token.text, 32)) };
    case "offset":
      return { offset: parseNumber(token.text, 16) ?? fail(token, noNumber(token.text, 16)) };
    case "imm64": {
      const value = parseNumber64(token.text) ?? fail(token, noNumber(token.text, 64));
      return { imm: Number(BigInt.asIntN(32, value)), immHigh: Number(BigInt.asIntN(32, value >> 32n)) };
    }
    case "near":
      return { offset: distance(token, 16, surroundings) };
    case "far":
      return { imm: distance(token, 32, surroundings) };
  }
}

function register(text: string): number | undefined {
  const match = /^%r([0-9]|10)$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

function place(base: "dst" | "src", token: Token, { fail }: Surroundings): Fields {
  const match = /^\[\s*(%\w+)\s*(?:([+-])\s*(\w+))?\s*\]$/.exec(token.text);
  if (match === null) fail(token, `${token.text} is no place in memory: [%r1+8]`);
  const [, name = "", sign = "+", number = "0"] = match!;
  const offset = parseNumber(`${sign}${number}`, 16) ?? fail(token, noNumber(`${sign}${number}`, 16));
  return { [base]: register(name) ?? fail(token, noRegister(name)), offset };
}

/** To a label, or so many slots as the text says. */
function distance(token: Token, bits: 16 | 32, { labels, from, fail }: Surroundings): number {
  const { text } = token;
  if (isNumber(text)) return parseNumber(text, bits) ?? fail(token, noNumber(text, bits));
  const slot = labels.get(text) ?? fail(token, `there is no label ${text}`);
  const slots = slot - from;
  const most = 2 ** (bits - 1);
  if (slots >= most || slots < -most)
    fail(token, `${text} is ${slots} slots away, too far for this jump: ja32 reaches it`);
  return slots;
}

function noRegister(text: string): string {
  return `there is no register ${text}: they are %r0 to %r10`;
}

function noNumber(text: string, bits: 16 | 32 | 64): string {
  return isNumber(text) ? `${text} does not fit ${bits} bits` : `${text} is no number`;
}
