/** docs/language.md says what the compiler does: its programs are compiled, and its table is worked out in the kernel. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ProgramError } from "../errors/error.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { wordsOf } from "./compile.testing.ts";
import { compile } from "./index.ts";
import { arithmetic, comparisons } from "./operators.ts";
import { refusedByTypeScript } from "./typescript.testing.ts";

const path = fileURLToPath(new URL("../../../docs/language.md", import.meta.url));
const page = readFileSync(path, "utf8");

for (const [, kind, text] of page.matchAll(/^```ts( error)?\n(.*?)^```$/gms)) {
  const build = () => compile({ entry: "page.ts", readFile: () => text! });
  const title = text!.split("\n").find((line) => line.startsWith("export const"))!;
  if (kind === undefined) {
    test(`compiles: ${title}`, () => void build());
    continue;
  }
  const line = text!.split("\n").findIndex((one) => one.includes(" // ")) + 1;
  const message = text!.split("\n")[line - 1]!.split(" // ")[1]!;
  test(`is refused: ${message}`, () => {
    assert.throws(build, (error: unknown) => {
      assert.ok(error instanceof ProgramError);
      const at = error.message.indexOf(": ");
      assert.match(error.message.slice(0, at), new RegExp(`^page\\.ts:${line}:\\d+$`));
      assert.equal(error.message.slice(at + 2), message);
      return true;
    });
  });
}

test("TypeScript takes every program that the compiler takes", () => {
  const programs = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text], index): [string, string] => [
    `program${index}`,
    text!,
  ]);
  assert.deepEqual([...refusedByTypeScript(new Map(programs))], []);
});

interface Row {
  readonly operator: string;
  readonly meaning: string;
  readonly results: readonly string[];
}

function rows(): Row[] {
  const table = /<!-- operators.*?-->\n(.*?)<!-- end -->/s.exec(page)![1]!;
  return table
    .trim()
    .split("\n")
    .slice(2)
    .map((line) => {
      const [operator, meaning, ...results] = line
        .replaceAll("\\|", "¦")
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("¦", "|"));
      return { operator: operator!.replaceAll("`", ""), meaning: meaning!, results };
    });
}

test("the table has every operator of the compiler, in its order", () => {
  assert.deepEqual(
    rows().map(({ operator }) => operator),
    [...arithmetic.keys(), ...comparisons.keys()],
  );
});

kernelTest("the table's results are those of the kernel", () => {
  for (const { operator, results } of rows()) {
    const isComparison = comparisons.has(operator);
    const value = (type: string) => {
      const [left, right] = [`${type}(a)`, `${type}(b)`];
      return isComparison ? `(${left} ${operator} ${right} ? 1n : 0n)` : `u64(${left} ${operator} ${right})`;
    };
    const body = `out.words[0] = ${value("u8")}; out.words[1] = ${value("i8")};`;
    const found = wordsOf({ body, args: [200n, 7n, 0n] }, 2);
    const shown = found.map((word) => (isComparison ? String(word === 1n) : String(BigInt.asIntN(64, word))));
    assert.deepEqual(shown, results, operator);
  }
});
