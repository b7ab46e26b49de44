/** `npm run test:peers`: tests against real servers and clients, one at a time. */

import { installMissing, peerPackages } from "./debian-packages.ts";
import { runTests, sumUp } from "./run-tests.ts";
import { root, sourceOf, testFiles } from "./test-files.ts";

process.chdir(root);
const files = testFiles(["test/peers"], (name) => name.endsWith(".peers.test.ts"));
if (process.getuid?.() !== 0) {
  for (const file of files) console.log(`- ${sourceOf(file)}: skipped: the peer tests need root`);
  process.exitCode = sumUp({ passed: 0, failed: 0, skipped: files.length });
} else {
  const problem = await installMissing(peerPackages);
  if (problem !== undefined) console.log(`✖ ${problem}`);
  process.exitCode = sumUp(
    problem === undefined
      ? await runTests(files, { concurrency: 1, timeoutMs: 600_000 })
      : { passed: 0, failed: files.length, skipped: 0 },
  );
}
