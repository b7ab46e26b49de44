/** `tarsier check` of one program as a whole process, as it is installed: from the bundle, by a launcher of a few bytes. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./statistics.ts";

const runs = 21;
const bundle = new URL("../bundle/tarsier.js", import.meta.url).href;

/** Medians of 21 runs: of the check, and of Node alone. */
export function checkTimesMs(example: string): { check: number; node: number } {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-bench-"));
  try {
    const launcher = join(folder, "tarsier.mjs");
    const text = `import { main } from ${JSON.stringify(bundle)};\nprocess.exitCode = await main(process.argv.slice(2));\n`;
    writeFileSync(launcher, text);
    return { node: medianMs(["-e", "0"]), check: medianMs([launcher, "check", example]) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function medianMs(parameters: readonly string[]): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - started;
  });
  return median(times);
}
