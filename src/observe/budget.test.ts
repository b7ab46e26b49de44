import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextStride } from "./budget.ts";

test("within the budget nothing is left out", () => {
  assert.equal(nextStride({ stride: 1, usedShare: 0.09, budgetShare: 0.1 }), 1);
});

test("at three times the budget about one exchange in four is sent", () => {
  assert.equal(nextStride({ stride: 1, usedShare: 0.3, budgetShare: 0.1 }), 4);
});

test("when the load is gone, everything is sent again after a few steps", () => {
  let stride = 40;
  for (let step = 0; step < 10; step++) stride = nextStride({ stride, usedShare: 0.01, budgetShare: 0.1 });
  assert.equal(stride, 1);
});

test("with a cost proportional to what is sent, the budget is met and held", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 50, noNaN: true }), (fullShare) => {
      let stride = 1;
      for (let step = 0; step < 40; step++) {
        stride = nextStride({ stride, usedShare: fullShare / stride, budgetShare: 0.1 });
      }
      assert.ok(fullShare / stride <= 0.1 || stride === 1);
    }),
  );
});
