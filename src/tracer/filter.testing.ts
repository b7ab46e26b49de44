/** For tests: what a seccomp filter says to a call, by the meaning of the few instructions that such filters are made of. */

import assert from "node:assert/strict";
import { type ClassicInstruction, classicFormOf } from "../isa/classic/index.ts";

/** A call as seccomp describes it. */
export interface DescribedCall {
  readonly number: number;
  readonly audit: number;
  readonly given: readonly number[];
}

export function runFilter(program: readonly ClassicInstruction[], { number, audit, given }: DescribedCall): number {
  // struct seccomp_data, in the words that a load reads.
  const words = new Map<number, number>([
    [0, number],
    [4, audit],
  ]);
  for (let index = 0; index < 6; index++) words.set(16 + 8 * index, (given[index] ?? 0) >>> 0);
  let a = 0;
  for (let at = 0; ; at++) {
    const { code, k, jumpTrue, jumpFalse } = program[at]!;
    const form = classicFormOf(code);
    const decide = (holds: boolean) => {
      at += holds ? jumpTrue : jumpFalse;
    };
    switch (form?.name) {
      case "ld":
        assert.ok(words.has(k), `there is no word at ${k}`);
        a = words.get(k)!;
        break;
      case "jeq":
        decide(a === k);
        break;
      case "jge":
        decide(a >= k);
        break;
      case "jset":
        decide((a & k) !== 0);
        break;
      case "ja":
        at += k;
        break;
      case "ret":
        return k;
      default:
        assert.fail(`${form?.name} is not for seccomp filters`);
    }
  }
}
