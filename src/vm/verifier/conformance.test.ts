/** The cases of the public conformance suite that end as they should are accepted, as programs on plain memory. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformanceCases, memoryOf, noCases } from "../../isa/conformance.testing.ts";
import { programSpecOf } from "./assembled.testing.ts";
import { memoryHook, verifyProgram } from "./index.ts";
import type { Rule } from "./refusal.ts";

/** Cases that are refused though the RFC says what they do, and by which rule. */
const refused: Readonly<Record<string, Rule>> = {};

test("each case is accepted, but for those that are named here", { skip: noCases }, () => {
  const unexpected: string[] = [];
  let accepted = 0;
  for (const one of conformanceCases) {
    const { name, code } = one;
    const { collection, program } = programSpecOf(Buffer.from(code, "hex"));
    const verdict = verifyProgram(collection, program, { hook: memoryHook(memoryOf(one).byteLength) });
    if (verdict.accepted) accepted++;
    const found = verdict.accepted ? undefined : verdict.refusal.kind;
    if (found !== refused[name]) {
      unexpected.push(`${name}: ${verdict.accepted ? "accepted" : JSON.stringify(verdict.refusal)}`);
    }
  }
  assert.deepEqual(unexpected, []);
  assert.ok(accepted > 0);
});
