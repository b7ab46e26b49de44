/**
 * `tarsier check` of one program as a whole process, as it is installed: `node dist/bench/check.js [FILE]` prints the
 * median of 21 runs, beside that of Node alone. Above the limit it exits with 1.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const limitMs = 250;
const runs = 21;
const bundle = new URL("../bundle/tarsier.js", import.meta.url).href;
const example = fileURLToPath(new URL("../../src/counter.testing.ts", import.meta.url));

function medianMs(parameters: readonly string[]): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - started;
  });
  return times.sort((one, other) => one - other)[runs >> 1]!;
}

const folder = mkdtempSync(join(tmpdir(), "tarsier-bench-"));
try {
  const launcher = join(folder, "tarsier.mjs");
  writeFileSync(
    launcher,
    `import { main } from ${JSON.stringify(bundle)};\nprocess.exitCode = await main(process.argv.slice(2));\n`,
  );
  const node = medianMs(["-e", "0"]);
  const check = medianMs([launcher, "check", process.argv[2] ?? example]);
  const load = loadavg()[0]!.toFixed(1);
  console.log(`${node.toFixed(0)} ms  node alone`);
  console.log(`${check.toFixed(0)} ms  tarsier check; the limit is ${limitMs} ms (load average ${load})`);
  if (check > limitMs) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
