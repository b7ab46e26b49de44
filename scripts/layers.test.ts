import assert from "node:assert/strict";
import { test } from "node:test";
import { floors, forbiddenImports, neighbours } from "./layers.ts";

test("an import from a floor above is named with its line", () => {
  const text = 'import { readFileSync } from "node:fs";\n\nimport { tryBpf } from "../kernel/bpf.ts";\n';
  assert.deepEqual(forbiddenImports("src/isa/x.ts", text), [
    "src/isa/x.ts:3: isa (floor 1) may not import kernel (floor 3)",
  ]);
});

test("every way of importing counts", () => {
  for (const text of [
    'import "../cli/main.ts";',
    'import type { Main } from "../cli/main.ts";',
    'export { main } from "../cli/main.ts";',
    'export * from "../cli/main.ts";',
    'await import("../cli/main.ts");',
    "await import(`../cli/main.ts`);",
  ]) {
    assert.deepEqual(
      forbiddenImports("src/observe/x.ts", text),
      ["src/observe/x.ts:1: observe (floor 5) may not import cli (floor 7)"],
      text,
    );
  }
});

test("lower floors, the folder itself and packages are free", () => {
  const text = `
    import koffi from "koffi";
    import { KernelError } from "../errors/error.ts";
    import { compiled } from "../programs/layouts.ts";
    import { processNames } from "../identity/process.ts";
    export { startAgent } from "./agent.ts";
  `;
  assert.deepEqual(forbiddenImports("src/observe/x.ts", text), []);
  assert.deepEqual(
    forbiddenImports("src/protocols/http1/x.ts", 'import "../http2/y.ts"; import "../../bytes/z.ts";'),
    [],
  );
});

test("the features of one floor do not know each other", () => {
  assert.deepEqual(forbiddenImports("src/observe/x.ts", 'import "../flows/y.ts";'), [
    "src/observe/x.ts:1: observe (floor 5) may not import flows (floor 5)",
  ]);
});

test("the compiler knows the language, not the other way round", () => {
  assert.deepEqual(forbiddenImports("src/compiler/x.ts", 'import "../program/y.ts";'), []);
  assert.equal(forbiddenImports("src/program/x.ts", 'import "../compiler/y.ts";').length, 1);
});

test("sources import nothing that is for tests, and nothing outside src/", () => {
  assert.deepEqual(forbiddenImports("src/isa/x.ts", 'import "../bytes/vectors.testing.ts";'), [
    "src/isa/x.ts:1: isa may not import src/bytes/vectors.testing.ts: it is for tests",
  ]);
  assert.equal(forbiddenImports("src/isa/x.ts", 'import "../../scripts/test-files.ts";').length, 1);
});

test("tests may import anything", () => {
  assert.deepEqual(forbiddenImports("src/isa/x.test.ts", 'import "../cli/main.ts";'), []);
  assert.deepEqual(forbiddenImports("src/isa/x.testing.ts", 'import "../cli/main.ts";'), []);
});

test("a folder without a floor is told so", () => {
  assert.deepEqual(forbiddenImports("src/new/x.ts", 'import "node:fs";'), [
    "src/new/x.ts:1: new is on no floor: give it one in scripts/layers.ts",
  ]);
});

test("neighbours are on one floor, and in one direction", () => {
  for (const [folder, used] of Object.entries(neighbours)) {
    for (const other of used) {
      assert.ok(
        floors.some((folders) => folders.includes(folder) && folders.includes(other)),
        `${folder}, ${other}`,
      );
      assert.ok(!neighbours[other]?.includes(folder), `${folder}, ${other}`);
    }
  }
});
