/** `npm run test:vm`: the tests of `test/vm` on other kernels, each in an emulated machine of its own. */

import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { installMissing, vmPackages } from "./debian-packages.ts";
import { type Counts, runTests, sumUp, type TestResult } from "./run-tests.ts";
import { root } from "./test-files.ts";
import { boot } from "./vm/boot.ts";
import { compare, type Expected } from "./vm/expectations.ts";
import { findKernel, staticBusybox } from "./vm/kernel.ts";
import { parseResultLine } from "./vm/result-line.ts";

/** A row of `kernels.json`. */
interface KernelRow {
  readonly name: string;
  /** What the names of its packages match, as a regular expression; absent for a kernel that only runs where it runs. */
  readonly package?: string;
  /** What the release of such a kernel matches: there the kinds of hooks and maps are tried without a machine. */
  readonly release?: string;
  readonly expected: Expected;
}

const limitMs = 300_000;

/** Runs everything on one kernel, and says what was not as expected. */
async function testKernel({ name, package: pattern = "", expected }: KernelRow): Promise<Counts> {
  const kernel = findKernel(new RegExp(pattern));
  const results: TestResult[] = [];
  const startedMs = Date.now();
  const { status, console: kernelConsole } = await boot({
    kernel,
    busybox: staticBusybox(),
    project: root,
    command: "node --enable-source-maps dist/scripts/vm/guest.js",
    limitMs,
    onLine: (line) => {
      const result = parseResultLine(line);
      if (result === undefined) console.log(`  ${line}`);
      else results.push(result);
    },
  });
  const { passed, skipped, problems } = compare(expected, results);
  if (status === undefined) problems.push(`the machine did not come to its end in ${limitMs / 1000} s`);
  for (const problem of problems) console.log(`✖ ${name}: ${problem}`);
  if (problems.length > 0) console.log(kernelConsole.replace(/^/gm, "    "));
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
  const failed = problems.length;
  console.log(`${name} (${kernel.packageName}, ${seconds} s): ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return { passed, failed, skipped };
}

/** Tries the kinds of hooks and maps on the kernel that runs this, if it is the row's. */
async function testHere(row: KernelRow): Promise<Counts> {
  if (!new RegExp(row.release ?? "").test(release())) return skippedRow(row, `this is Linux ${release()}`);
  const results: TestResult[] = [];
  await runTests([join(root, "dist/test/vm/kinds.test.js")], {
    concurrency: 1,
    timeoutMs: limitMs,
    report: (result) => results.push(result),
  });
  const { passed, skipped, problems } = compare(row.expected, results);
  for (const problem of problems) console.log(`✖ ${row.name}: ${problem}`);
  console.log(`${row.name}: ${passed} passed, ${problems.length} failed, ${skipped} skipped`);
  return { passed, failed: problems.length, skipped };
}

function brokenRow({ name, expected }: KernelRow, error: unknown): Counts {
  console.log(`✖ ${name}: ${error instanceof Error ? error.message : error}`);
  return { passed: 0, failed: Object.keys(expected).length, skipped: 0 };
}

function skippedRow({ name, expected }: KernelRow, reason: string): Counts {
  console.log(`- ${name}: skipped: ${reason}`);
  return { passed: 0, failed: 0, skipped: Object.keys(expected).length };
}

const only = process.argv.slice(2);
const rows = (JSON.parse(readFileSync(join(root, "scripts/vm/kernels.json"), "utf8")) as KernelRow[]).filter(
  ({ name }) => only.length === 0 || only.includes(name),
);
const counts = { passed: 0, failed: 0, skipped: 0 };
const problem = process.arch === "x64" ? await installMissing(vmPackages) : "the test machines are x64";
for (const row of rows) {
  const { passed, failed, skipped } =
    row.package === undefined
      ? await testHere(row).catch((error) => brokenRow(row, error))
      : problem === undefined
        ? await testKernel(row).catch((error) => brokenRow(row, error))
        : skippedRow(row, problem);
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
}
process.exitCode = sumUp(counts);
