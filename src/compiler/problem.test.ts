import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgramError } from "../errors/error.ts";
import { compileText } from "./compile.testing.ts";

/** The error of compiling a handler with this body; its line is the third of the file. */
function problemOf(body: string, before = ""): ProgramError {
  try {
    compileText(`${before}\nexport const run = rawTracepoint("sys_enter", (a: u64, b: u64) => {\n${body}\n});`);
  } catch (error) {
    if (error instanceof ProgramError) return error;
    throw error;
  }
  throw new Error("this compiled");
}

const structs = `const Key = struct({ port: u16 }); const Value = struct({ count: u64, data: bytes(16) }); export const values = hash({ key: u32, value: Value, maxEntries: 8 });`;

test("an error shows the line, the place in it, and the remedy", () => {
  const problem = problemOf("  const x = u32(a) + b;");
  assert.equal(problem.message, "test.ts:4:13: this does not fit together: u32 + u64 has two meanings");
  assert.equal(
    problem.details,
    "   4 |   const x = u32(a) + b;\n     |             ^^^^^^^^^^\n  cast one side: u32(…) or u64(…)",
  );
});

const cases: readonly { title: string; body: string; message: RegExp; before?: string }[] = [
  {
    title: "what may be null is compared with null first",
    body: "values.get(1).count = 2n;",
    before: structs,
    message: /^test\.ts:4:1: the kernel would refuse this: this may be null/,
  },
  {
    title: "a position and a length that both vary need a bound",
    body: "const v = values.get(1); if (v === null) return; v.data.readUser(u32(a), u32(b), a);",
    before: structs,
    message: /the kernel would refuse this: nothing says that this stays inside the 16 bytes/,
  },
  {
    title: "structures that fit neither on the stack nor beside it",
    body: "const big = Big.zero(); big.data.store(u8, u32(a), 1); return i32(big.data.load(u8, u32(b)));",
    before: "const Big = struct({ data: bytes(40_000) });",
    message: /the kernel would refuse this: run needs more than the 512 bytes of stack/,
  },
  {
    title: "statements outside the language are errors",
    body: "throw 1;",
    message: /not in the language: throw/,
  },
  { title: "so are operators", body: "const x = a ** b;", message: /not in the language: the operator \*\*/ },
  { title: "and loose equality", body: "if (a == b) return;", message: /not in the language: the operator ==/ },
  {
    title: "fractions are no integers",
    body: "const x = u32(1.5);",
    message: /not in the language: 1\.5 is no integer/,
  },
  {
    title: "an unknown name is a mistake",
    body: "const x = later;",
    message: /test\.ts:4:11: .*nothing here is named later/,
  },
  { title: "a literal must fit its type", body: "const x: u8 = 256;", message: /256 does not fit u8/ },
  { title: "a bigint is no u32", body: "const x: u32 = 1n;", message: /1n is no u32/ },
  { title: "a number is no u64", body: "const x = a + 1;", message: /1 is no u64/ },
  {
    title: "a number is no condition",
    body: "if (a) return;",
    message: /not in the language: a condition is a boolean/,
  },
  {
    title: "a function cannot call itself",
    body: "again();",
    before: "function again(): void { again(); }",
    message: /^test\.ts:2:\d+: not in the language: again calls itself/,
  },
  {
    title: "nor repeat itself",
    body: "repeat(3, again);",
    before: "function again(index: u32): boolean { repeat(2, again); return index > 1; }",
    message: /^test\.ts:2:\d+: not in the language: again calls itself/,
  },
  {
    title: "a field that is not there is a mistake",
    body: "const key = Key.zero(); key.prot = 1;",
    before: structs,
    message: /test\.ts:4:29: .*there is no field prot/,
  },
  {
    title: "an import from elsewhere is an error",
    body: "",
    before: 'import fs from "node:fs";',
    message: /cannot import "node:fs"/,
  },
];

for (const { title, body, before, message } of cases) {
  test(title, () => assert.match(problemOf(body, before).message, message));
}

test("text that is no TypeScript is an error at its place", () => {
  assert.match(problemOf("let x = = 3;").message, /^test\.ts:4:9: .*Unexpected token/);
});
