import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextStride, usageMeter } from "./budget.ts";

test("within the budget nothing is left out", () => {
  assert.equal(nextStride({ stride: 1, usedShare: 0.09, budgetShare: 0.1 }), 1);
});

test("at three times the budget one exchange in six is sent, for half of the budget", () => {
  assert.equal(nextStride({ stride: 1, usedShare: 0.3, budgetShare: 0.1 }), 6);
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

test("usage is measured over a whole second: a short burst is not the rule", () => {
  const meter = usageMeter(1e9);
  assert.equal(meter.share({ timeNs: 0.2e9, cpuNs: 0.1e9 }), 0.1);
  assert.equal(meter.share({ timeNs: 1e9, cpuNs: 0.1e9 }), 0.1);
  assert.equal(meter.share({ timeNs: 1.2e9, cpuNs: 0.1e9 }), 0);
});

test("lasting use shows after a second in full", () => {
  const meter = usageMeter(1e9);
  let share = 0;
  for (let step = 1; step <= 10; step++) share = meter.share({ timeNs: step * 0.2e9, cpuNs: step * 0.1e9 });
  assert.ok(Math.abs(share - 0.5) < 0.01);
});

test("after a change only what is used from then on counts", () => {
  const meter = usageMeter(1e9);
  meter.share({ timeNs: 1e9, cpuNs: 1e9 });
  meter.restart({ timeNs: 1e9, cpuNs: 1e9 });
  assert.equal(meter.share({ timeNs: 1.5e9, cpuNs: 1.05e9 }), 0.05);
});
