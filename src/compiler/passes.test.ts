/** What each pass makes of small programs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText, printed } from "./compile.testing.ts";

const handler = (body: string) => `
  export const counts = hash({ key: u32, value: u64, maxEntries: 8 });
  export const run = rawTracepoint("sys_enter", (a: u64, b: u64) => { ${body} });`;

test("the same text gives the same bytes", () => {
  const text = handler("const count = counts.get(u32(a)); if (count !== null) count.value += b;");
  assert.deepEqual(compileText(text), compileText(text));
});

test("constants are folded, and what nobody reads is dropped", () => {
  const simplified = printed("simplify", handler("const x = a * 0n + 2n; let y = 3n; if (y > 5n) y = b; return 4;"));
  assert.equal(simplified, "run:\nb0:\n  return 4\n");
});

test("a function that returns a boolean becomes branches where it is a condition", () => {
  const text = `function isSmall(value: u64): boolean { if (value > 100n) return false; return value !== 7n; }
    ${handler("if (isSmall(a)) return 1; return 2;")}`;
  const simplified = printed("simplify", text);
  assert.match(simplified, /if %0 >64 100 then/);
  assert.match(simplified, /if %0 !=64 7 then/);
  assert.doesNotMatch(simplified, /compare/);
  assert.equal(simplified.match(/phi/g)?.length, 1);
});

test("a guard stands right in front of what it guards", () => {
  const text = `
    const Part = struct({ data: bytes(64) });
    export const parts = arrayMap({ value: Part, maxEntries: 1 });
    ${handler("const part = parts.get(0); if (part === null) return 0; return i32(part.data.load(u8, u32(a)));")}`;
  const lines = printed("emit", text)
    .split("\n")
    .map((line) => line.replace(/^ *\d+: /, ""));
  const guard = lines.findIndex((line) => line.includes("> 0x3f goto"));
  assert.deepEqual(lines.slice(guard, guard + 4), [
    "if r6 > 0x3f goto pc+3",
    "r1 = r0",
    "r1 += r6",
    "r1 = *(u8 *)(r1 +0)",
  ]);
});

test("a look-up takes its key from the stack, and its result is checked in the register that is used", () => {
  const text = handler("const count = counts.get(u32(a)); if (count !== null) count.value += b;");
  assert.equal(
    printed("emit", text).replace(/^ *\d+: /gm, ""),
    `r0 = *(u64 *)(r1 +0)
r6 = *(u64 *)(r1 +8)
w0 = w0
*(u32 *)(r10 -8) = r0
r1 = map[fd:0]
r2 = r10
r2 += -8
call bpf_map_lookup_elem#1
if r0 == 0x0 goto pc+3
r1 = *(u64 *)(r0 +0)
r1 += r6
*(u64 *)(r0 +0) = r1
r0 = 0
exit
`,
  );
});

test("numbers that decide something and are carried through a counted loop are hidden from the verifier, its counter is not", () => {
  const loop = (body: string) =>
    printed("forget", handler(`let sum = 0n; for (let i = 0; i < 90; i++) { ${body} } return i32(sum);`));
  const deciding = loop("sum += a; if (sum > b) break;");
  assert.match(deciding, /%\d+ = unknown/);
  assert.equal(deciding.match(/xor64/g)?.length, 2);
});

test("a number that is only calculated with and stored is not hidden", () => {
  const text = `export const sums = arrayMap({ value: u64, maxEntries: 1 });
    ${handler("let sum = 0n; for (let i = 0; i < 90; i++) sum += a; const out = sums.get(0); if (out !== null) out.value = sum;")}`;
  assert.doesNotMatch(printed("forget", text), /unknown/);
});

test("a short loop without a branch becomes its turns, a long one stays", () => {
  const loop = (turns: number) =>
    printed("emit", handler(`let sum = 0n; for (let i = 0; i < ${turns}; i++) sum += a * u64(i); return i32(sum);`));
  assert.doesNotMatch(loop(4), /if/);
  assert.match(loop(400), /if r\d < 0x190/);
});

test("an element that a counter chooses has no check beside the loop's own", () => {
  const text = `const Row = struct({ cells: array(u64, 50) });
    export const rows = arrayMap({ value: Row, maxEntries: 1 });
    ${handler("let sum = 0n; const row = rows.get(0); if (row === null) return; for (const cell of row.cells) sum += cell; row.cells[0] = sum;")}`;
  assert.equal(printed("emit", text).match(/0x3[12]/g)?.length, 2);
});
