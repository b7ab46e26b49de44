/** Runs in the test machine: the tests of `test/vm`, one result a line as JSON on standard output. */

import { runTests } from "../run-tests.ts";
import { root, testFiles } from "../test-files.ts";
import { resultMarker } from "./result-line.ts";

process.chdir(root);
const { failed } = await runTests(testFiles(["test/vm"]), {
  concurrency: 1,
  timeoutMs: 180_000,
  report: (result) => console.log(`${resultMarker}${JSON.stringify(result)}`),
});
process.exitCode = failed > 0 ? 1 : 0;
