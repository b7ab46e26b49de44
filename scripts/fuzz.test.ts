/** A small share of `npm run fuzz`, by another seed each time; docs/fuzzing.md says how to try one again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { work } from "../test/sandbox/fuzz-worker.ts";

const count = Number(process.env["TARSIER_FUZZ_COUNT"] ?? 200);
const firstSeed = Number(process.env["TARSIER_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);

test(`${count} random programs do the same in every engine, and none that is accepted faults (first seed ${firstSeed})`, () => {
  // Without the kernel: values of one processor can only be compared by a process that stays on it.
  const { failures, tallies } = work({ firstSeed, count }, false);
  assert.deepEqual(failures, []);
  const accepted = tallies.filter(({ ours }) => ours === "accepted").reduce((sum, tally) => sum + tally.count, 0);
  assert.ok(accepted > count / 5, `only ${accepted} of ${count} were accepted`);
});
