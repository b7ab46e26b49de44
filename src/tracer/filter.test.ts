import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { validateClassic } from "../isa/classic/index.ts";
import { callNumber, tracedCalls, tracedMachine, youngCalls } from "./calls.ts";
import { runFilter } from "./filter.testing.ts";
import { traceFilter, verdict } from "./filter.ts";

for (const name of ["x64", "arm64"] as const) {
  const machine = tracedMachine(name);
  const filter = traceFilter(machine);
  const answer = (number: number, given: readonly number[] = [], audit = machine.audit) =>
    runFilter(filter, { number, audit, given });

  test(`${name}: the kernel's rules for classic programs hold, and the filter is short`, () => {
    assert.doesNotThrow(() => validateClassic(filter));
    assert.ok(filter.length < 128, `${filter.length} instructions`);
  });

  test(`${name}: each call of the table stops, and says which one it is`, () => {
    tracedCalls.forEach((call, index) => {
      const number = callNumber(call, machine);
      if (number < 0) return;
      const given = [0, 0, 0, 0, 0, 0];
      for (const { argument, values, bits } of call.when ?? []) given[argument] = values?.[0] ?? bits ?? 0;
      assert.equal(answer(number, given), verdict.trace | index, call.name);
    });
  });

  test(`${name}: a call whose arguments do not matter passes`, () => {
    const numberOf = (wanted: string) => callNumber(tracedCalls.find((call) => call.name === wanted)!, machine);
    assert.equal(answer(numberOf("fcntl"), [3, 4]), verdict.allow);
    assert.equal(answer(numberOf("getsockopt"), [3, 1, 7]), verdict.allow);
    assert.equal(answer(numberOf("getsockopt"), [3, 6, 4]), verdict.allow);
    assert.equal(answer(numberOf("unshare"), [0x1000_0000]), verdict.allow);
  });

  test(`${name}: io_uring is refused as if the kernel had none`, () => {
    assert.equal(answer(youngCalls.io_uring_setup), verdict.errno | 38);
  });

  test(`${name}: everything else passes, and all calls of another architecture`, () => {
    const known = new Set([...tracedCalls.map((call) => callNumber(call, machine)), youngCalls.io_uring_setup]);
    const numbers = fc.oneof(fc.nat(600), fc.integer({ min: 0, max: 0xffff_ffff }));
    fc.assert(
      fc.property(numbers, (number) => {
        if (!known.has(number)) assert.equal(answer(number), verdict.allow);
        assert.equal(answer(number, [], 0x4000_0003), verdict.allow);
      }),
    );
  });
}
