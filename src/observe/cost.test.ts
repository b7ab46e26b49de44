import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compiledPrograms } from "./compiled.ts";
import { estimateCost } from "./cost.ts";

kernelTest("programs that do not run cost nothing, and the estimate stays when it is stopped", async () => {
  const collection = loadCollection(compiledPrograms("self"), { programs: ["self"] });
  try {
    const cost = estimateCost([...collection.programs.values()]);
    assert.equal(cost.estimateNs(), 0, "nothing is known yet");
    await sleep(120);
    cost.stop();
    assert.equal(cost.estimateNs(), 0);
    cost.stop();
  } finally {
    collection.close();
  }
});

kernelTest("no timer of it runs on after it was stopped in the middle of a window", async () => {
  const collection = loadCollection(compiledPrograms("self"), { programs: ["self"] });
  const cost = estimateCost([...collection.programs.values()]);
  // The first window opens after 40 ms, and is 20 ms long.
  await sleep(45);
  cost.stop();
  testRun(collection.programs.get("self")!);
  collection.close();
  await sleep(60);
});
