/**
 * The programs that the kernel refuses are refused here, too, on the same lines and in the words of `refusals-on-lines.txt`
 * (UPDATE_SNAPSHOTS=1 writes it).
 */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ProgramError } from "../../errors/error.ts";
import { refusedCollection, refusedPrograms } from "../../kernel/refused-programs.testing.ts";
import { verifyOrThrow } from "./index.ts";

const snapshot = fileURLToPath(new URL("../../../../src/vm/verifier/refusals-on-lines.txt", import.meta.url));

test("each is refused on its line, with the value that is wrong and what would do", () => {
  const said = refusedPrograms.map((program) => {
    const collection = refusedCollection(program);
    try {
      verifyOrThrow(collection, collection.programs[0]!);
      return `# ${program.title}\nthis was not refused\n`;
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      return `# ${program.title}\n${error.message}\n${error.details}\n`;
    }
  });
  if (process.env["UPDATE_SNAPSHOTS"] === "1") writeFileSync(snapshot, said.join("\n"));
  assert.deepEqual(
    said.filter((text) => text.includes("this was not refused")),
    [],
  );
  assert.equal(said.join("\n"), readFileSync(snapshot, "utf8"));
});
