/** Each wrong program is refused, on its line, in the words of `wrong-programs.txt`; and TypeScript never refuses more than we do. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ProgramError } from "../errors/error.ts";
import { compileText, imports } from "./compile.testing.ts";
import { refusedByTypeScript } from "./typescript.testing.ts";
import { textOf, type WrongProgram, wrongPrograms } from "./wrong-programs.testing.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const snapshot = join(root, "src/compiler/wrong-programs.txt");

/** What the compiler says of a program. */
function said(program: WrongProgram): string {
  try {
    compileText(textOf(program));
    return "this compiled";
  } catch (error) {
    if (error instanceof ProgramError) return `${error.message}\n${error.details}`;
    throw error;
  }
}

test("every wrong program is refused in the words that are written down (UPDATE_SNAPSHOTS=1 writes them)", () => {
  const text = wrongPrograms.map((program) => `# ${program.title}\n${said(program)}\n`).join("\n");
  if (process.env["UPDATE_SNAPSHOTS"] === "1") writeFileSync(snapshot, text);
  assert.doesNotMatch(text, /this compiled/);
  assert.equal(text, readFileSync(snapshot, "utf8"));
});

test("what TypeScript refuses, we refuse, and what only we refuse is known", () => {
  const modules = new Map(wrongPrograms.map((program, index) => [`wrong${index}`, imports + textOf(program)]));
  modules.set("right", imports + textOf({ body: "out.words[0] = a + 1n;" }));
  const refused = refusedByTypeScript(modules);
  assert.ok(!refused.has("right"));
  const found = wrongPrograms.map(({ title }, index) => `${title}: ${refused.has(`wrong${index}`)}`);
  assert.deepEqual(
    found,
    wrongPrograms.map(({ title, byTypeScript }) => `${title}: ${byTypeScript}`),
  );
});
