/** The cases of the public conformance suite that end as they should are accepted, as programs on plain memory. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findVectors } from "../../bytes/vectors.testing.ts";
import { programSpecOf } from "./assembled.testing.ts";
import { memoryHook, verifyProgram } from "./index.ts";
import type { Rule } from "./refusal.ts";

interface Case {
  readonly name: string;
  readonly code: string;
  readonly mem: string;
  readonly r0: string;
  readonly error: string;
}

const { path, skip } = findVectors("isa", "bytecode.json");

/** Cases that are refused though the RFC says what they do, and by which rule. */
const refused: Readonly<Record<string, Rule>> = {};

test("each case is accepted, but for those that are named here", { skip }, () => {
  const cases: Case[] = JSON.parse(readFileSync(path, "utf8"));
  const unexpected: string[] = [];
  let accepted = 0;
  for (const { name, code, mem } of cases.filter((one) => one.code !== "" && one.error === "")) {
    const { collection, program } = programSpecOf(Buffer.from(code, "hex"));
    const verdict = verifyProgram(collection, program, { hook: memoryHook(mem.replaceAll(/\s/g, "").length / 2) });
    if (verdict.accepted) accepted++;
    const found = verdict.accepted ? undefined : verdict.refusal.kind;
    if (found !== refused[name]) {
      unexpected.push(`${name}: ${verdict.accepted ? "accepted" : JSON.stringify(verdict.refusal)}`);
    }
  }
  assert.deepEqual(unexpected, []);
  assert.ok(accepted > 0);
});
