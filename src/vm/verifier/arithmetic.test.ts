/** Whatever a number of a range becomes, the range that arithmetic gives holds it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { aluOperations, unaryOperations } from "../../isa/index.ts";
import { arithmeticRange, unaryRange } from "./arithmetic.ts";
import { constantOf, constantRange, rangeHolds, signedRange, unsignedRange, zeroExtended } from "./range.ts";
import { held, holds } from "./ranges.testing.ts";

const runs = { numRuns: 3000 };

test("a range that is made of all readings holds what it was made for", () => {
  fc.assert(
    fc.property(held, ({ number, range }) => holds(range, number)),
    runs,
  );
});

for (const operation of aluOperations) {
  test(`${operation.name}: the result lies in the range, in both widths`, () => {
    fc.assert(
      fc.property(held, held, (a, b) => {
        assert.ok(holds(arithmeticRange(operation, 64, a.range, b.range), operation.apply(a.number, b.number)), "64");
        assert.ok(holds(arithmeticRange(operation, 32, a.range, b.range), operation.apply32(a.number, b.number)), "32");
      }),
      runs,
    );
  });
}

for (const operation of unaryOperations) {
  test(`${operation.name}: the result lies in the range`, () => {
    fc.assert(
      fc.property(held, ({ number, range }) => holds(unaryRange(operation, range), operation.apply(number))),
      runs,
    );
  });
}

test("the low bits of a number lie in the range of them", () => {
  fc.assert(
    fc.property(held, ({ number, range }) => holds(zeroExtended(range), number & 0xffff_ffffn)),
    runs,
  );
});

test("a range that holds another holds its numbers", () => {
  fc.assert(
    fc.property(held, held, (a, b) => !rangeHolds(a.range, b.range) || holds(a.range, b.number)),
    runs,
  );
});

const named = (name: string) => aluOperations.find((one) => one.name === name)!;
const spanOf = (range: ReturnType<typeof unsignedRange>) => [range.unsignedLeast, range.unsignedMost];

test("constants stay constants, and bounds stay as tight as the kernel's", () => {
  const byte = unsignedRange(0n, 255n);
  const constant = (number: bigint) => constantRange(number);
  assert.equal(constantOf(arithmeticRange(named("mul"), 64, constant(6n), constant(7n))), 42n);
  assert.deepEqual(spanOf(arithmeticRange(named("add"), 64, byte, constant(1n))), [1n, 256n]);
  assert.deepEqual(spanOf(arithmeticRange(named("and"), 64, unsignedRange(0n, 1000n), constant(15n))), [0n, 15n]);
  assert.deepEqual(spanOf(arithmeticRange(named("lsh"), 64, byte, constant(4n))), [0n, 4080n]);
  assert.deepEqual(spanOf(arithmeticRange(named("rsh"), 64, byte, constant(4n))), [0n, 15n]);
  assert.deepEqual(spanOf(arithmeticRange(named("mod"), 64, unsignedRange(0n, 1000n), constant(10n))), [0n, 9n]);
  assert.deepEqual(spanOf(arithmeticRange(named("div"), 64, unsignedRange(100n, 1000n), constant(10n))), [10n, 100n]);
  const { signedLeast, signedMost } = arithmeticRange(named("arsh"), 64, signedRange(-64n, 63n), constant(3n));
  assert.deepEqual([signedLeast, signedMost], [-8n, 7n]);
});
