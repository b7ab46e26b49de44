/** Counting bits without a loop or a branch, as in Henry S. Warren, "Hacker's Delight". */

import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import type { Place } from "../source.ts";
import type { Lowering } from "./lowering.ts";

/** How many one bits `word` has: sums of 2, 4 and 8 bits side by side, then all of them by one multiplication. */
function countOnes({ and, sub, add, mul, right }: Words, word: Value): Value {
  const pairs = sub(word, and(right(word, 1n), 0x5555555555555555n));
  const nibbles = add(and(pairs, 0x3333333333333333n), and(right(pairs, 2n), 0x3333333333333333n));
  const bytes = and(add(nibbles, right(nibbles, 4n)), 0x0f0f0f0f0f0f0f0fn);
  return right(mul(bytes, 0x0101010101010101n), 56n);
}

export function countTrailingZeros(lowering: Lowering, word: Value, place: Place): Value {
  const words = wordsOf(lowering, place);
  return countOnes(words, belowLowest(words, word));
}

/** `countTrailingZeros(word) >> 3`, in half the instructions: a byte of which all bits are below has its highest below. */
export function countTrailingZeroBytes(lowering: Lowering, word: Value, place: Place): Value {
  const words = wordsOf(lowering, place);
  const whole = words.right(words.and(belowLowest(words, word), 0x8080808080808080n), 7n);
  return words.right(words.mul(whole, 0x0101010101010101n), 56n);
}

/** Below the lowest one bit of `w`, `w - 1` has ones and `~w` has ones, and nowhere else both. */
function belowLowest({ and, sub, xor }: Words, word: Value): Value {
  return and(sub(word, 1n), xor(word, 0xffffffffffffffffn));
}

/** Fills all bits below the highest one bit; their number is its position. */
export function log2(lowering: Lowering, word: Value, place: Place): Value {
  const words = wordsOf(lowering, place);
  let filled = word;
  for (const distance of [1n, 2n, 4n, 8n, 16n, 32n]) filled = words.or(filled, words.right(filled, distance));
  return countOnes(words, words.right(filled, 1n));
}

type Words = ReturnType<typeof wordsOf>;

/** 64-bit operations on values and numbers. */
function wordsOf(lowering: Lowering, place: Place) {
  const operation = (alu: isa.AluOperation) => (a: Value, b: Value | bigint) => {
    const right = typeof b === "bigint" ? lowering.constant(b, place) : b;
    return lowering.emit({ kind: "alu", alu, width: 64 }, [a, right], place);
  };
  const [and, or, xor] = [operation(isa.and), operation(isa.or), operation(isa.xor)];
  const [add, sub, mul, right] = [operation(isa.add), operation(isa.sub), operation(isa.mul), operation(isa.rsh)];
  return { and, or, xor, add, sub, mul, right };
}
