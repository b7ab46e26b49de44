/** Every hook of the table is a function of the language, and every kind of program has one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hookKinds } from "../spec/index.ts";
import { hookConstants, hookFunctions } from "./hook-table.ts";
import * as language from "./index.ts";

/** What `path` leads to, from the language on. */
function found(path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], language);
}

test("every hook is a function of the language", () => {
  for (const name of Object.keys(hookFunctions)) assert.equal(typeof found(name), "function", name);
});

test("every verdict and event is the number that the table says", () => {
  for (const [name, value] of Object.entries(hookConstants)) assert.equal(found(name), value, name);
});

test("only kinds of programs that need more than a handler have no function", () => {
  const known = new Set(Object.values(hookFunctions).map(({ hook }) => hook as string));
  const missing = Object.keys(hookKinds).filter((kind) => !known.has(kind));
  assert.deepEqual(missing, ["structOps", "extension"]);
});
