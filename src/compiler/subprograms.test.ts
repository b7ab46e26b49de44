/** Functions that stay functions, and what programs hand to one another. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compile } from "./index.ts";

const imports = `import { arrayMap, arrayOfMaps, globalSubprogram, programArray, struct, subprogram, u32, u8, type ValueOf, xdp, type XdpPacket } from "tarsier/program";
const Pair = struct({ first: u32, second: u32 });
type Pair = ValueOf<typeof Pair>;
`;
const compiled = (text: string) => compile({ entry: "test.ts", readFile: () => imports + text });

const twice = `
  const twice = subprogram((value: u32, pair: Pair): u32 => { pair.first += value; return value * 2; });
  export const pairs = arrayMap({ value: Pair, maxEntries: 2 });
  export const run = xdp((packet) => {
    const pair = pairs.get(1);
    if (pair === null) return xdp.aborted;
    pair.second = twice(twice(packet.length, pair), pair);
    return xdp.pass;
  });`;

test("a subprogram's code stands once behind that of the program which calls it", () => {
  const [program] = compiled(twice).programs;
  assert.equal(program!.functions.length, 2);
});

kernelTest("a subprogram works on what it is handed", () => {
  using collection = loadCollection(compiled(twice));
  testRun(collection.programs.get("run")!, { data: new Uint8Array(60) });
  const pair = collection.map("pairs").get(Uint8Array.of(1, 0, 0, 0))!;
  assert.deepEqual([...new Uint32Array(pair.slice().buffer)], [60 + 120, 240]);
});

kernelTest("a global subprogram is verified by its types alone", () => {
  using collection = loadCollection(
    compiled(`
    const sum = globalSubprogram((packet: XdpPacket, pair: Pair | null, more: u8): u32 => {
      if (pair === null) return 0;
      return packet.length + pair.first + u32(more);
    });
    export const run = xdp((packet) => {
      const pair = Pair.zero();
      pair.first = 1000;
      return sum(packet, pair, 3) === 1063 ? xdp.pass : xdp.drop;
    });`),
  );
  assert.equal(testRun(collection.programs.get("run")!, { data: new Uint8Array(60) }).returnValue, 2);
});

kernelTest("a program goes on as another, and maps stand inside a map", () => {
  using collection = loadCollection(
    compiled(`
    export const first = arrayMap({ value: Pair, maxEntries: 1 });
    export const second = arrayMap({ value: Pair, maxEntries: 1 });
    export const tables = arrayOfMaps({ inner: first, maxEntries: 2, maps: () => [first, second] });
    export const programs = programArray({ maxEntries: 2, programs: () => [run, counting] });
    export const run = xdp(() => { programs.tailCall(1); return xdp.aborted; });
    export const counting = xdp((packet) => {
      const table = tables.get(1);
      if (table === null) return xdp.aborted;
      const pair = table.get(0);
      if (pair === null) return xdp.aborted;
      pair.first = packet.length;
      return xdp.transmit;
    });`),
  );
  const { returnValue } = testRun(collection.programs.get("run")!, { data: new Uint8Array(60) });
  const pair = collection.map("second").get(new Uint8Array(4))!;
  assert.deepEqual([returnValue, new Uint32Array(pair.slice().buffer)[0]], [3, 60]);
});

test("what a subprogram cannot take is refused", () => {
  const refused = (text: string, message: RegExp) => assert.throws(() => compiled(text), message);
  refused(
    "const six = subprogram((a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): u32 => a); export const run = xdp(() => { six(1, 2, 3, 4, 5, 6); return 2; });",
    /at most 5 parameters/,
  );
  refused(
    "const f = globalSubprogram((pair: Pair): u32 => pair.first); export const run = xdp(() => { f(Pair.zero()); return 2; });",
    /the verifier does not know what it is given/,
  );
  refused(
    "const f = subprogram((a: u32): u32 => f(a)); export const run = xdp(() => { f(1); return 2; });",
    /f calls itself/,
  );
  refused(
    "export const programs = programArray({ maxEntries: 1, programs: () => [hidden] }); const hidden = xdp(() => 2); export const run = xdp(() => { programs.tailCall(0); return 2; });",
    /which this module does not export/,
  );
});
