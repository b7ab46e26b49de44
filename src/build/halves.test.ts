import assert from "node:assert/strict";
import { test } from "node:test";
import { hasUserHalf, kernelHalf } from "./halves.ts";

/** What is left of a text, line by line. */
const left = (text: string): string[] =>
  kernelHalf("two.ts", text)
    .split("\n")
    .map((line) => line.trimEnd());

test("a module without a default export is for the kernel as it stands", () => {
  const text = "export const run = tpBtf('sys_enter', () => {});\n";
  assert.equal(kernelHalf("one.ts", text), text);
  assert.equal(hasUserHalf("one.ts", text), false);
});

test("the user half is blank for the compiler, with all that only it uses, and every line stays where it is", () => {
  const text = [
    'import { writeFileSync } from "node:fs";',
    'import type { RunContext } from "tarsier";',
    'import { struct, u64 } from "tarsier/program";',
    "const Total = struct({ bytes: u64 });",
    "const title = 'bytes';",
    "function print(total: bigint): void {",
    "  writeFileSync(1, title + total);",
    "}",
    "export const totals = hash({ key: u64, value: Total, maxEntries: 1 });",
    "export default function ({ maps }: RunContext): void {",
    "  for (const [, total] of maps.totals) print(total.bytes);",
    "}",
  ].join("\n");
  assert.deepEqual(left(text), [
    "",
    "",
    'import { struct, u64 } from "tarsier/program";',
    "const Total = struct({ bytes: u64 });",
    ...["", "", "", ""],
    "export const totals = hash({ key: u64, value: Total, maxEntries: 1 });",
    ...["", "", ""],
  ]);
  assert.equal(hasUserHalf("two.ts", text), true);
  assert.equal(kernelHalf("two.ts", text).length, text.length);
});

test("what both halves use stays, and a function that nobody uses is still checked", () => {
  const text = [
    "const limit = 3;",
    "function unused() { return eval; }",
    "export const run = tpBtf('sys_enter', () => { if (limit > 2) return; });",
    "const main = () => console.log(limit);",
    "export { main as default };",
  ].join("\n");
  const [limit, unused, , main, end] = left(text);
  assert.deepEqual([limit, unused, main, end], ["const limit = 3;", "function unused() { return eval; }", "", ""]);
});

test("an import that a program speaks of is left for the compiler to refuse", () => {
  const text = 'import { x } from "node:fs";\nexport const run = tpBtf("a", () => x());\nexport default () => x();';
  assert.match(left(text)[0]!, /node:fs/);
});
