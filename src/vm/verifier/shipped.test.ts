/** Every program that ships, and every example, is accepted. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readCollection } from "../../build/read-collection.ts";
import { compiledPrograms } from "../../observe/compiled.ts";
import type { CollectionSpec } from "../../spec/index.ts";
import { verifyOrThrow } from "./index.ts";

const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url));

/** Modules of the examples that have no programs of their own. */
const withoutPrograms: ReadonlySet<string> = new Set(["kernel.ts", "scope.ts", "show.ts"]);

function verifyAll(collection: CollectionSpec): void {
  assert.ok(collection.programs.length > 0);
  for (const program of collection.programs) {
    const { facts, instructionsVisited } = verifyOrThrow(collection, program);
    assert.ok(instructionsVisited > 0);
    assert.ok(facts.totalStackBytes <= 512);
  }
}

for (const name of ["tracepoints", "functions", "self"] as const) {
  test(`the programs of ${name} are accepted`, () => verifyAll(compiledPrograms(name)));
}

for (const file of readdirSync(examples).filter((name) => /^[a-z-]+\.ts$/.test(name) && !withoutPrograms.has(name))) {
  test(`the example ${file} is accepted`, async () => verifyAll(await readCollection(`${examples}${file}`)));
}
