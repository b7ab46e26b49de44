/** `npm test`: the unit tests. */

import { availableParallelism } from "node:os";
import { runTests, sumUp } from "./run-tests.ts";
import { root, testFiles } from "./test-files.ts";

process.chdir(root);
const counts = await runTests(testFiles(["src", "examples", "bench", "scripts"]), {
  concurrency: availableParallelism(),
  timeoutMs: 300_000,
});
process.exitCode = sumUp(counts);
