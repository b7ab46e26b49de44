/** The cases of the public conformance suite, in every way that the sandbox can run a program. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findVectors } from "../bytes/vectors.testing.ts";
import { programOf } from "./code.testing.ts";

interface Case {
  readonly name: string;
  readonly code: string;
  readonly mem: string;
  readonly r0: string;
  readonly error: string;
}

const { path, skip } = findVectors("isa", "bytecode.json");
const cases: Case[] = skip ? [] : JSON.parse(readFileSync(path, "utf8"));
const engines = ["interpreter", "wasm"] as const;

for (const engine of engines) {
  test(`each case gives its result: ${engine}`, { skip }, () => {
    for (const { name, code, mem, r0, error } of cases) {
      if (code === "" || error !== "") continue;
      const memory = Buffer.from(mem.replaceAll(/\s/g, ""), "hex");
      const result = programOf(Buffer.from(code, "hex"), { engine }).call(memory);
      assert.equal(`0x${result.toString(16)}`, `0x${BigInt(r0).toString(16)}`, name);
    }
  });
}
