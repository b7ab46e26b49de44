/** `tarsier check` of one program as a whole process, as it is installed (`launcher.ts`). */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcherIn } from "./launcher.ts";
import { median } from "./statistics.ts";

const runs = 21;

/** Medians of 21 runs: of the check, and of Node alone. */
export function checkTimesMs(example: string): { check: number; node: number } {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-bench-"));
  try {
    return { node: medianMs(["-e", "0"]), check: medianMs([launcherIn(folder), "check", example]) };
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
