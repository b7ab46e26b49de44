/** What a comparison decides is so, and what it teaches holds for the numbers that were compared. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { conditions, jeq, jgt, jlt, jne, jset, jslt } from "../../isa/index.ts";
import { decide, refine } from "./condition.ts";
import { constantOf, constantRange, unknownRange, unsignedRange } from "./range.ts";
import { held, holds } from "./ranges.testing.ts";

const widths = [64, 32] as const;

for (const condition of conditions) {
  test(`${condition.name}: decisions are right, and no number is lost`, () => {
    fc.assert(
      fc.property(held, held, fc.constantFrom(...widths), (a, b, bits) => {
        const truth = bits === 64 ? condition.apply(a.number, b.number) : condition.apply32(a.number, b.number);
        const decided = decide(condition, bits, a.range, b.range);
        assert.ok(decided === undefined || decided === truth, `decided ${decided}`);
        const learnt = refine(condition, bits, a.range, b.range, truth);
        assert.ok(learnt !== undefined, "this cannot be, it says");
        assert.ok(holds(learnt[0], a.number), "left");
        assert.ok(holds(learnt[1], b.number), "right");
      }),
      { numRuns: 3000 },
    );
  });
}

test("comparisons with constants give bounds", () => {
  const ten = constantRange(10n);
  const [below] = refine(jlt, 64, unknownRange, ten, true)!;
  assert.deepEqual([below.unsignedLeast, below.unsignedMost], [0n, 9n]);
  const [above] = refine(jgt, 64, unsignedRange(0n, 100n), ten, true)!;
  assert.deepEqual([above.unsignedLeast, above.unsignedMost], [11n, 100n]);
  assert.equal(constantOf(refine(jeq, 64, unknownRange, ten, true)![0]), 10n);
  const [other] = refine(jne, 64, unsignedRange(10n, 20n), ten, true)!;
  assert.equal(other.unsignedLeast, 11n);
  const [even] = refine(jset, 64, unknownRange, constantRange(1n), false)!;
  assert.equal(even.bits.mask & 1n, 0n);
  const [negative] = refine(jslt, 64, unknownRange, constantRange(0n), true)!;
  assert.equal(negative.signedMost, -1n);
});
