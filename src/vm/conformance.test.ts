/** The cases of the public conformance suite, in every way that the sandbox can run a program. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgramError } from "../errors/error.ts";
import { type ConformanceCase, conformanceCases, memoryOf, noCases } from "../isa/conformance.testing.ts";
import { programOf } from "./code.testing.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { memoryHook } from "./verifier/index.ts";

function resultOf(one: ConformanceCase, options: SandboxOptions): string {
  const result = programOf(Buffer.from(one.code, "hex"), options).call(memoryOf(one));
  return `0x${result.toString(16)}`;
}

for (const options of [{ engine: "interpreter" }, { engine: "wasm", tier: "exact" }] as const) {
  test(`each case gives its result: ${Object.values(options).join(", ")}`, { skip: noCases }, () => {
    for (const one of conformanceCases)
      assert.equal(resultOf(one, options), `0x${BigInt(one.r0).toString(16)}`, one.name);
  });
}

test("each case that the verifier accepts gives its result without checks", { skip: noCases }, () => {
  let accepted = 0;
  for (const one of conformanceCases) {
    const options = { tier: "verified", hook: memoryHook(memoryOf(one).byteLength) } as const;
    let result: string;
    try {
      result = resultOf(one, options);
    } catch (error) {
      assert.ok(error instanceof ProgramError && error.code === "PROGRAM_REFUSED", one.name);
      continue;
    }
    assert.equal(result, `0x${BigInt(one.r0).toString(16)}`, one.name);
    accepted++;
  }
  // Those that are refused are named, with their reasons, in verifier/conformance.test.ts.
  assert.ok(accepted > conformanceCases.length * 0.9, `${accepted} of ${conformanceCases.length}`);
});
