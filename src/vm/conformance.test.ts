/** The cases of the public conformance suite, in every way that the sandbox can run a program. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findVectors } from "../bytes/vectors.testing.ts";
import { ProgramError } from "../errors/error.ts";
import { programOf } from "./code.testing.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { memoryHook } from "./verifier/index.ts";

interface Case {
  readonly name: string;
  readonly code: string;
  readonly mem: string;
  readonly r0: string;
  readonly error: string;
}

const { path, skip } = findVectors("isa", "bytecode.json");
const cases: Case[] = skip ? [] : JSON.parse(readFileSync(path, "utf8"));
const runnable = cases.filter(({ code, error }) => code !== "" && error === "");
const memoryOf = ({ mem }: Case) => Uint8Array.from(Buffer.from(mem.replaceAll(/\s/g, ""), "hex"));

function resultOf(one: Case, options: SandboxOptions): string {
  const result = programOf(Buffer.from(one.code, "hex"), options).call(memoryOf(one));
  return `0x${result.toString(16)}`;
}

for (const options of [{ engine: "interpreter" }, { engine: "wasm", tier: "exact" }] as const) {
  test(`each case gives its result: ${Object.values(options).join(", ")}`, { skip }, () => {
    for (const one of runnable) assert.equal(resultOf(one, options), `0x${BigInt(one.r0).toString(16)}`, one.name);
  });
}

test("each case that the verifier accepts gives its result without checks", { skip }, () => {
  let accepted = 0;
  for (const one of runnable) {
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
  assert.ok(accepted > runnable.length * 0.9, `${accepted} of ${runnable.length}`);
});
