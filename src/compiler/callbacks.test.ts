/** Functions that the kernel calls back, and lines that programs say. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCollection, readRingBuffer, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { type LogLine, readLog } from "../spec/index.ts";
import { compile } from "./index.ts";

const imports = `import { arrayMap, bytes, hash, i32, struct, u32, u8, type ValueOf, xdp } from "tarsier/program";
const Pair = struct({ first: u32, name: bytes(6) });
type Pair = ValueOf<typeof Pair>;
`;
const compiled = (text: string) => compile({ entry: "test.ts", readFile: () => imports + text });

kernelTest("forEach calls its step for each entry, until it returns false", () => {
  using collection = loadCollection(
    compiled(`
    export const pairs = arrayMap({ value: Pair, maxEntries: 4 });
    function add(index: u32, pair: Pair, by: u32): boolean { pair.first += by + index; return index < 2; }
    export const run = xdp((packet) => { pairs.forEach(add, packet.length); return xdp.pass; });`),
  );
  testRun(collection.programs.get("run")!, { data: new Uint8Array(60) });
  const firsts = [0, 1, 2, 3].map((index) => collection.map("pairs").get(Uint8Array.of(index, 0, 0, 0))![0]);
  assert.deepEqual(firsts, [60, 61, 62, 0]);
});

kernelTest("console.log says its line with the values there, through a ring buffer", () => {
  const spec = compiled(`export const run = xdp((packet) => {
      const pair = Pair.zero();
      pair.name.store(u8, 0, 65);
      console.log("packet of", packet.length, i32(packet.length) - 100, packet.length > 3, pair.name);
      return xdp.pass;
    });`);
  using collection = loadCollection(spec);
  testRun(collection.programs.get("run")!, { data: new Uint8Array(60) });
  const lines: (LogLine | undefined)[] = [];
  const ring = readRingBuffer(collection.map(".log"));
  ring.drain(({ buffer }, offset, length) => lines.push(readLog(spec.logs!, new Uint8Array(buffer, offset, length))));
  ring.close();
  const { timeNs, ...line } = lines[0]!;
  assert.deepEqual(line, { file: "test.ts", line: 7, column: 7, text: "packet of 60 -40 true A" });
  assert.ok(timeNs > 0n);
});

kernelTest("text that is put together stands together in the log", () => {
  const spec = compiled(`export const run = xdp((packet) => {
      console.log(\`\${packet.length} bytes (\${packet.length > 3})\`, "and", \`no more\`);
      return xdp.pass;
    });`);
  using collection = loadCollection(spec);
  testRun(collection.programs.get("run")!, { data: new Uint8Array(60) });
  const texts: (string | undefined)[] = [];
  const ring = readRingBuffer(collection.map(".log"));
  ring.drain(({ buffer }, offset, length) =>
    texts.push(readLog(spec.logs!, new Uint8Array(buffer, offset, length))?.text),
  );
  ring.close();
  assert.deepEqual(texts, ["60 bytes (true) and no more"]);
});

test("a step that does not fit its map is refused", () => {
  const refused = (step: string, message: RegExp) =>
    assert.throws(
      () =>
        compiled(`export const pairs = arrayMap({ value: Pair, maxEntries: 4 }); ${step}
          export const run = xdp(() => { pairs.forEach(step); return 2; });`),
      message,
    );
  refused("function step(index: u8, pair: Pair): boolean { return true; }", /the map has u32 for index/);
  refused("function step(index: u32, pair: u32): boolean { return true; }", /the map has .* for pair/);
  refused("function step(index: u32, pair: Pair): u32 { return 1; }", /says by a boolean whether to go on/);
  refused("function step(index: u32): boolean { return true; }", /takes the key, the value/);
});
