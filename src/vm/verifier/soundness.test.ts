/**
 * Random programs: none that is accepted faults in the interpreter, which checks every access. They work on plain memory and
 * on the stack; `TARSIER_FUZZ_COUNT` and `TARSIER_FUZZ_SEED` say how many there are, and which.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as isa from "../../isa/index.ts";
import { collectionOf } from "../code.testing.ts";
import { SandboxFault } from "../faults.ts";
import { loadSandbox } from "../sandbox.ts";
import { memoryHook, verifyProgram } from "./index.ts";
import { randomFrom, randomProgram } from "./random-programs.testing.ts";

const count = Number(process.env["TARSIER_FUZZ_COUNT"] ?? 2000);
const seed = Number(process.env["TARSIER_FUZZ_SEED"] ?? 1);
const memoryBytes = 32;
const inputsEach = 4;

test(`of ${count} random programs none is accepted and then faults (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let accepted = 0;
  for (let index = 0; index < count; index++) {
    const instructions = randomProgram(random, memoryBytes);
    const collection = collectionOf(isa.encode(instructions));
    const verdict = verifyProgram(collection, collection.programs[0]!, {
      hook: memoryHook(memoryBytes),
      budget: 20_000,
    });
    if (!verdict.accepted) continue;
    accepted++;
    const program = loadSandbox(collection, { engine: "interpreter" }).program("run");
    for (let input = 0; input < inputsEach; input++) {
      const memory = Uint8Array.from({ length: memoryBytes }, () => (random(2) === 0 ? random(256) : random(2) * 255));
      try {
        program.call(memory);
      } catch (error) {
        if (!(error instanceof SandboxFault)) throw error;
        assert.fail(`program ${index}: ${error.message}\n${isa.printProgram(instructions)}`);
      }
    }
  }
  assert.ok(accepted > count / 20, `only ${accepted} of ${count} were accepted`);
});
