/**
 * Refusals of a real verifier (Linux 6.18), in the words of the program: `refusals.txt` holds what is said of each, and
 * `refused-programs.json` the logs, so that they can be read where nothing can be loaded.
 */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readBtf } from "../btf/index.ts";
import { ProgramError } from "../errors/error.ts";
import { loadCollection } from "./collection.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { type RefusedProgram, refusedCollection, refusedPrograms } from "./refused-programs.testing.ts";
import { explainRefusal } from "./verifier-log.ts";

const beside = (name: string) => fileURLToPath(new URL(`../../../src/kernel/${name}`, import.meta.url));
const isWriting = process.env["UPDATE_SNAPSHOTS"] === "1";

function explained(program: RefusedProgram, log: string): string {
  const spec = refusedCollection(program);
  const types = readBtf(spec.btf);
  const { message, details } = explainRefusal(spec.programs[0]!, log, (offset) => types.string(offset), new Map());
  const [line, remedy] = details.split("\n");
  return `# ${program.title}\n${message}\n${line}\n${remedy}\n`;
}

kernelTest(
  "each of the programs is refused, and what is said of it names its line, its value and what would do",
  () => {
    const logs: Record<string, string> = {};
    const said = refusedPrograms.map((program) => {
      try {
        loadCollection(refusedCollection(program)).close();
      } catch (error) {
        if (!(error instanceof ProgramError)) throw error;
        const log = String(error.cause);
        // Of a log of a million steps only the end is of use.
        logs[program.title] = log
          .replaceAll(/0xffff[0-9a-f]{12}/g, "0xffff000000000000")
          .split("\n")
          .slice(-40)
          .join("\n");
        return explained(program, log);
      }
      return `# ${program.title}\nthis was not refused\n`;
    });
    if (isWriting) {
      writeFileSync(beside("refused-programs.json"), `${JSON.stringify(logs, null, 2)}\n`);
      writeFileSync(beside("refusals.txt"), said.join("\n"));
    }
    const missing = said.filter((text) => text.includes("this was not refused"));
    assert.deepEqual(missing, []);
  },
);

test("the refusals of Linux 6.18 are said in the words that are written down (UPDATE_SNAPSHOTS=1 writes them)", () => {
  const logs = JSON.parse(readFileSync(beside("refused-programs.json"), "utf8")) as Record<string, string>;
  const said = refusedPrograms.map((program) => explained(program, logs[program.title]!));
  assert.equal(said.join("\n"), readFileSync(beside("refusals.txt"), "utf8"));
});
