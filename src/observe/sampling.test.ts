import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Settings } from "../programs/layouts.ts";
import { keepBudget, ownCpuTime } from "./sampling.ts";

const settings = () => new DataView(new ArrayBuffer(Settings.sizeBytes));
const strideOf = (view: DataView) => Settings.decode(view).exchangeStride;

test("at first, and within the budget, every exchange is sent", async () => {
  const view = settings();
  const budget = keepBudget(view, 0.1, () => 0);
  assert.equal(strideOf(view), 1);
  await sleep(300);
  assert.equal(strideOf(view), 1);
  budget.stop();
});

test("beyond the budget fewer are sent, and none is told so after stopping", async () => {
  const view = settings();
  // A clock that says: as much CPU time as time.
  const budget = keepBudget(view, 0.1, () => Number(process.hrtime.bigint()));
  await sleep(300);
  const stride = strideOf(view);
  assert.ok(stride >= 10, `a stride of ${stride}`);
  budget.stop();
  await sleep(300);
  assert.equal(strideOf(view), stride);
});

test("own CPU time grows with work and begins at nothing", () => {
  const cpuNs = ownCpuTime();
  const begun = cpuNs();
  // However busy the machine is, some of five seconds are ours.
  const end = performance.now() + 5000;
  while (cpuNs() - begun <= 5e6 && performance.now() < end);
  assert.ok(cpuNs() - begun > 5e6);
});
