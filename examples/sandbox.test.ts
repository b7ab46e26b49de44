/** The kernel halves of the examples in the sandbox: each is known there, and those of packets do what they do in the kernel. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readCollection } from "../src/build/read-collection.ts";
import { loadCollection, testRun } from "../src/kernel/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { loadSandbox, type Sandbox } from "../src/vm/sandbox.ts";
import { example } from "./places.testing.ts";
import { frameFrom } from "./traffic.testing.ts";

const read = (name: string) => readCollection(fileURLToPath(example(name)));

/** Modules of the folder that others use, without programs of their own. */
const parts = new Set(["kernel", "scope", "show"]);
const names = readdirSync(new URL("../../examples/", import.meta.url))
  .filter((file) => /^[a-z-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -3))
  .filter((name) => !parts.has(name));

test("the sandbox has every map, helper and kernel function of every example", async () => {
  assert.ok(names.length >= 12, names.join(" "));
  for (const name of names) {
    const spec = await read(name);
    for (const engine of ["interpreter", "wasm"] as const) {
      assert.equal(loadSandbox(spec, { engine }).programs.size, spec.programs.length, name);
    }
  }
});

const frames = [frameFrom("10.0.0.1", 60), frameFrom("10.0.0.2", 100), frameFrom("10.0.0.1", 30), new Uint8Array(64)];

interface Left {
  readonly verdicts: readonly number[];
  readonly entries: readonly string[];
}

const entryText = (key: Uint8Array, value: Uint8Array | undefined) => `${key.join(" ")}: ${value?.join(" ")}`;

/** Runs `programs` in turn on each frame, in the kernel and in both engines of the sandbox, and compares what is left in `map`. */
async function sameInBoth(
  name: string,
  programs: readonly string[],
  map: string,
  before: readonly (readonly [Uint8Array, Uint8Array])[],
  data = frames,
): Promise<Left> {
  const spec = await read(name);
  using collection = loadCollection(spec);
  const inKernel = collection.map(map);
  for (const [key, value] of before) inKernel.set(key, value);
  const verdicts = programs.flatMap((program) =>
    data.map((frame) => testRun(collection.program(program), { data: frame }).returnValue),
  );
  const wanted = { verdicts, entries: [...inKernel.keys()].map((key) => entryText(key, inKernel.get(key))).sort() };
  for (const engine of ["interpreter", "wasm"] as const) {
    const sandbox = loadSandbox(spec, { engine });
    for (const [key, value] of before) sandbox.map(map).update(key, value, 0);
    assert.deepEqual(leftIn(sandbox, programs, map, data), wanted, `${name}, ${engine}`);
  }
  return wanted;
}

function leftIn(sandbox: Sandbox, programs: readonly string[], name: string, data: readonly Uint8Array[]): Left {
  const verdicts = programs.flatMap((program) =>
    data.map((frame) => sandbox.program(program).run({ data: frame }).returnValue),
  );
  const map = sandbox.map(name);
  return { verdicts, entries: [...map.keys()].map((key) => entryText(key, map.get(key))).sort() };
}

kernelTest("drop-list: the same frames are dropped, and counted", async () => {
  const left = await sameInBoth("drop-list", ["filter"], "dropped", [[Uint8Array.of(10, 0, 0, 1), new Uint8Array(8)]]);
  assert.deepEqual(left.verdicts, [1, 2, 2, 2]);
  assert.deepEqual(left.entries, ["10 0 0 1: 1 0 0 0 0 0 0 0"]);
});

kernelTest("container-traffic: the same packets and bytes are counted", async () => {
  // The kernel makes no packet of less than an IPv4 header.
  const whole = frames.filter(({ length }) => length >= 34);
  const { entries } = await sameInBoth("container-traffic", ["sent", "received"], "traffic", [], whole);
  assert.equal(entries.length, 1);
});

test("blocklist: the longest prefix that fits decides, on a described address", async () => {
  const sandbox = loadSandbox(await read("blocklist"));
  const rules = sandbox.map("rules");
  const network = (bits: number, ...address: number[]) => Uint8Array.of(bits, 0, 0, 0, ...address);
  const blocks = (yes: number) => Uint8Array.of(yes, ...new Uint8Array(15));
  rules.update(network(8, 10, 0, 0, 0), blocks(1), 0);
  rules.update(network(24, 10, 1, 2, 0), blocks(0), 0);
  const connect = (...address: number[]) => {
    const context = new Uint8Array(72);
    context.set(address, 4);
    return sandbox.program("connect").run({ context }).returnValue;
  };
  assert.deepEqual([connect(10, 9, 9, 9), connect(10, 1, 2, 3), connect(11, 0, 0, 1)], [0, 1, 1]);
  assert.equal(rules.get(network(32, 10, 9, 9, 9))?.[8], 1);
});
