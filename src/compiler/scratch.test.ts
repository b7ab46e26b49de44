/** Programs that need more stack than there is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compile } from "./index.ts";

const text = (hook: string) => `import { array, arrayMap, cgroupSkb, struct, u32, u64, xdp } from "tarsier/program";
const Row = struct({ cells: array(u64, 100) });
export const result = arrayMap({ value: Row, maxEntries: 1 });
export const run = ${hook}((packet) => {
  const row = Row.zero();
  const other = Row.zero();
  for (let i = 0; i < 100; i++) row.cells[i] = u64(i) * 3n;
  for (let i = 0; i < 100; i++) other.cells[i] = row.cells.at(i) + u64(packet.length);
  const out = result.get(0);
  if (out === null) return 0;
  for (let i = 0; i < 100; i++) out.cells[i] = other.cells.at(i);
  return 2;
});`;
const compiled = (hook: string) => compile({ entry: "test.ts", readFile: () => text(hook) });

kernelTest("what does not fit on the stack is kept in memory for each CPU", () => {
  const spec = compiled("xdp");
  assert.equal(spec.maps.find(({ name }) => name === "scratch_run")?.valueSizeBytes, 1600);
  using collection = loadCollection(spec);
  for (const length of [60, 64]) {
    assert.equal(testRun(collection.program("run"), { data: new Uint8Array(length) }).returnValue, 2);
    const cells = new BigUint64Array(collection.map("result").get(new Uint8Array(4))!.slice().buffer);
    assert.deepEqual([cells[0], cells[1], cells[99]], [BigInt(length), BigInt(length) + 3n, BigInt(length) + 297n]);
  }
});

test("where a program may be run inside of itself, it is refused, with what to do", () => {
  assert.throws(() => compiled("cgroupSkb.egress"), /needs more than the 512 bytes of stack/);
});

test("what fits stays on the stack", () => {
  const spec = compile({ entry: "test.ts", readFile: () => text("xdp").replaceAll("100", "20") });
  assert.deepEqual(
    spec.maps.map(({ name }) => name),
    ["result"],
  );
});
