/** Random expressions, compiled and run in the kernel, against plain bigint arithmetic. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { runText } from "./compile.testing.ts";

/** An expression as text, with its type and what it comes to for given arguments. */
interface Sample {
  readonly type: string;
  readonly text: string;
  value(args: readonly bigint[]): bigint;
}

const types = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;

const bitsOf = (type: string) => Number(type.slice(1));
const wrap = (type: string, value: bigint) =>
  type.startsWith("u") ? BigInt.asUintN(bitsOf(type), value) : BigInt.asIntN(bitsOf(type), value);
const suffix = (type: string) => (bitsOf(type) === 64 ? "n" : "");

/** What each operator means, to the letter of `operators.ts` but in other words. */
const meanings: Record<string, (a: bigint, b: bigint, type: string) => bigint> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0n ? 0n : a / b),
  "%": (a, b) => (b === 0n ? a : a % b),
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b, type) => a << shiftCount(b, type),
  ">>": (a, b, type) => a >> shiftCount(b, type),
};

function shiftCount(count: bigint, type: string): bigint {
  return BigInt.asUintN(bitsOf(type) === 64 ? 6 : 5, count);
}

const comparisons: Record<string, (a: bigint, b: bigint) => boolean> = {
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const edges = [
  0n,
  1n,
  2n,
  7n,
  31n,
  63n,
  127n,
  128n,
  255n,
  256n,
  65535n,
  65536n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const words = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));

function argument(type: string): fc.Arbitrary<Sample> {
  return fc.nat(2).map((index) => ({
    type,
    text: `${type}(${"abc"[index]})`,
    value: (args) => wrap(type, args[index]!),
  }));
}

function constant(type: string): fc.Arbitrary<Sample> {
  return words.map((word) => {
    const value = wrap(type, word);
    return { type, text: `(${value}${suffix(type)})`, value: () => value };
  });
}

function sample(type: string, depth: number): fc.Arbitrary<Sample> {
  if (depth === 0) return argument(type);
  const inner = () => sample(type, depth - 1);
  const binary = fc.tuple(fc.constantFrom(...Object.keys(meanings)), inner(), fc.oneof(inner(), constant(type))).map(
    ([operator, left, right]): Sample => ({
      type,
      text: `(${left.text} ${operator} ${right.text})`,
      value: (args) => wrap(type, meanings[operator]!(left.value(args), right.value(args), type)),
    }),
  );
  const cast = fc.constantFrom(...types).chain((from) =>
    sample(from, depth - 1).map(
      (operand): Sample => ({
        type,
        text: `${type}(${operand.text})`,
        value: (args) => wrap(type, operand.value(args)),
      }),
    ),
  );
  const unary = fc.tuple(fc.constantFrom("-", "~"), inner()).map(
    ([operator, operand]): Sample => ({
      type,
      text: `(${operator}${operand.text})`,
      value: (args) => wrap(type, operator === "-" ? -operand.value(args) : ~operand.value(args)),
    }),
  );
  const choice = fc
    .tuple(fc.constantFrom(...Object.keys(comparisons)), fc.constantFrom(...types), inner(), inner())
    .chain(([operator, compared, yes, no]) =>
      fc.tuple(sample(compared, depth - 1), sample(compared, depth - 1)).map(
        ([left, right]): Sample => ({
          type,
          text: `(${left.text} ${operator} ${right.text} ? ${yes.text} : ${no.text})`,
          value: (args) => (comparisons[operator]!(left.value(args), right.value(args)) ? yes : no).value(args),
        }),
      ),
    );
  const extreme = fc.tuple(fc.constantFrom("min", "max"), inner(), inner()).map(
    ([name, left, right]): Sample => ({
      type,
      text: `${name}(${left.text}, ${right.text})`,
      value: (args) => {
        const [a, b] = [left.value(args), right.value(args)];
        return (name === "min") === a < b ? a : b;
      },
    }),
  );
  return fc.oneof({ weight: 4, arbitrary: binary }, cast, unary, choice, extreme);
}

const samples = fc.array(
  fc.constantFrom(...types).chain((type) => sample(type, 3)),
  { minLength: 1, maxLength: 12 },
);

kernelTest("every operator gives in the kernel what its table says", () => {
  fc.assert(
    fc.property(samples, fc.tuple(words, words, words), (expressions, args) => {
      const text = `
        const Words = struct({ words: array(u64, 12) });
        export const result = arrayMap({ value: Words, maxEntries: 1 });
        export const run = rawTracepoint("sys_enter", (a: u64, b: u64, c: u64) => {
          const out = result.get(0);
          if (out === null) return;
          ${expressions.map((expression, index) => `out.words[${index}] = u64(${expression.text});`).join("\n")}
        });`;
      const expected = expressions.map((expression) => BigInt.asUintN(64, expression.value(args)));
      assert.deepEqual(runText(text, args, expressions.length), expected);
    }),
    { numRuns: 150 },
  );
});
