/** For tests: the command line as a process, on small programs in a directory of its own. */

import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const tarsierPath = fileURLToPath(new URL("../../../bin/tarsier.js", import.meta.url));

/** What a process left. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory with some files; it goes with the test. */
export function directoryWith(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

/** Runs `tarsier` there. */
export function tarsier(directory: string, parameters: readonly string[], options: SpawnSyncOptions = {}): Ended {
  const { pid: _, ...ended } = tarsierProcess(directory, parameters, options);
  return ended;
}

/** The same, with the id that the process had. */
export function tarsierProcess(
  directory: string,
  parameters: readonly string[],
  options: SpawnSyncOptions = {},
): Ended & { readonly pid: number } {
  const { pid, status, stdout, stderr } = spawnSync(process.execPath, [tarsierPath, ...parameters], {
    cwd: directory,
    timeout: 60_000,
    ...options,
    encoding: "utf8",
  });
  return { pid, status, stdout, stderr };
}

/** A program that does next to nothing, at a tracepoint that is seldom passed. */
export const smallProgram = `import { hash, tpBtf, u32, u64, struct, atomic, currentProcess } from "tarsier/program";

export const Total = struct({ count: u64 });
export const totals = hash({ key: u32, value: Total, maxEntries: 1024 });

export const forked = tpBtf("sched_process_fork", () => {
  const total = totals.getOrInsert(u32(currentProcess() >> 32n), Total.zero());
  if (total === null) return;
  atomic.add(total, "count", 1n);
});
`;
