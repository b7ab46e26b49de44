/** Known bits: what an operation says of the bits of a result is so. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyNumber } from "./ranges.testing.ts";
import { tnumHolds, tnumHoldsNumber } from "./tnum.testing.ts";
import {
  addTnum,
  andTnum,
  constantTnum,
  intersectTnum,
  multiplyTnum,
  orTnum,
  rangeTnum,
  subtractTnum,
  type Tnum,
  xorTnum,
} from "./tnum.ts";

const heldBits = fc
  .tuple(anyNumber, anyNumber)
  .map(([number, mask]) => ({ number, tnum: { value: number & ~mask, mask } }));

const operations: readonly (readonly [string, (a: Tnum, b: Tnum) => Tnum, (a: bigint, b: bigint) => bigint])[] = [
  ["addition", addTnum, (a, b) => a + b],
  ["subtraction", subtractTnum, (a, b) => a - b],
  ["multiplication", multiplyTnum, (a, b) => a * b],
  ["and", andTnum, (a, b) => a & b],
  ["or", orTnum, (a, b) => a | b],
  ["exclusive or", xorTnum, (a, b) => a ^ b],
];

for (const [name, of, apply] of operations) {
  test(`${name} of known bits`, () => {
    fc.assert(
      fc.property(heldBits, heldBits, (a, b) =>
        tnumHoldsNumber(of(a.tnum, b.tnum), BigInt.asUintN(64, apply(a.number, b.number))),
      ),
      { numRuns: 2000 },
    );
  });
}

test("the bits of a span are those that all its numbers share", () => {
  assert.deepEqual(rangeTnum(8n, 11n), { value: 8n, mask: 3n });
  assert.deepEqual(rangeTnum(5n, 5n), constantTnum(5n));
  fc.assert(
    fc.property(anyNumber, anyNumber, anyNumber, (a, b, c) => {
      const [least, middle, most] = [a, b, c].sort((one, other) => (one < other ? -1 : 1)) as [bigint, bigint, bigint];
      return tnumHoldsNumber(rangeTnum(least, most), middle);
    }),
  );
});

test("what two say of a number holds together, and contradictions are found", () => {
  assert.equal(intersectTnum(constantTnum(4n), constantTnum(5n)), undefined);
  fc.assert(
    fc.property(anyNumber, anyNumber, anyNumber, (number, one, other) => {
      const [a, b] = [one, other].map((mask) => ({ value: number & ~mask, mask })) as [Tnum, Tnum];
      const both = intersectTnum(a, b);
      return both !== undefined && tnumHoldsNumber(both, number) && tnumHolds(a, both) && tnumHolds(b, both);
    }),
  );
});
