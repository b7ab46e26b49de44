import assert from "node:assert/strict";
import { test } from "node:test";
import { collectionOf, programOf } from "../code.testing.ts";
import { linkProgram } from "../link.ts";
import { loadSandbox } from "../sandbox.ts";
import { dominates, graphOf } from "./graph.ts";

function graph(text: string) {
  const spec = collectionOf(text);
  const sandbox = loadSandbox(spec);
  return graphOf(linkProgram(spec.programs[0]!, 0, sandbox.machine, sandbox.map), 0);
}

const loop = `
  mov %r0, 0
  add %r0, 1
  jlt %r0, 10, -2
  exit`;

/** Two places that jump to each other, both entered from outside. */
const twoEntries = `
  mov %r0, 0
  jeq %r2, 0, +1
  add %r0, 1
  add %r0, 10
  jlt %r0, 50, -3
  exit`;

test("a loop is entered at its header, which dominates it", () => {
  const { blocks, dominators, loops, isReducible } = graph(loop);
  assert.equal(isReducible, true);
  assert.deepEqual(
    blocks.map(({ first, end }) => [first, end]),
    [
      [0, 1],
      [1, 3],
      [3, 4],
    ],
  );
  assert.deepEqual([...loops.keys()], [1]);
  assert.equal(dominates(dominators, 1, 2), true);
  assert.equal(dominates(dominators, 2, 1), false);
});

test("a loop of two entries is no loop of one, and runs all the same", () => {
  assert.equal(graph(twoEntries).isReducible, false);
  for (const [length, expected] of [
    [0, 54n],
    [8, 55n],
  ] as const) {
    for (const engine of ["interpreter", "wasm"] as const) {
      assert.equal(programOf(twoEntries, { engine }).call(new Uint8Array(length)), expected, engine);
    }
  }
});

test("may_goto ends a loop that has no other end, in time", () => {
  const endless = `
    mov %r0, 0
    add %r0, 1
    may_goto +1
    ja -3
    exit`;
  const results = (["interpreter", "wasm"] as const).map((engine) =>
    programOf(endless, { engine, limit: 3000 }).call(),
  );
  assert.equal(results[0], results[1]);
  assert.ok(results[0]! > 100n && results[0]! < 3000n);
});
