import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "tarsier-run-tests-"));
after(() => rmSync(folder, { recursive: true }));

const runner = new URL("run-tests.js", import.meta.url).href;
const main = join(folder, "main.mjs");
writeFileSync(
  main,
  `import { runTests, sumUp } from ${JSON.stringify(runner)};
   process.exitCode = sumUp(await runTests(process.argv.slice(2), { concurrency: 2, timeoutMs: 60_000 }));`,
);

/** Runs test files of the given texts; what was printed, and the exit status. */
function outcomeOf(...texts: readonly string[]): Promise<{ readonly output: string; readonly status: number }> {
  const files = texts.map((text, index) => {
    const file = join(folder, `${index}.test.mjs`);
    writeFileSync(file, `import { describe, test } from "node:test";\n${text}`);
    return file;
  });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...files], { env }, (error, stdout) =>
      resolve({ output: stdout, status: Number(error?.code ?? 0) }),
    );
  });
}

test("tests are counted once, suites and files are not", async () => {
  const { output, status } = await outcomeOf(
    `describe("a suite", () => { test("one", () => {}); test("two", () => {}); });`,
    `test("outer", async (t) => { await t.test("inner", () => {}); });`,
  );
  assert.match(output, /^4 passed, 0 failed, 0 skipped\n$/);
  assert.equal(status, 0);
});

test("a failure is shown with its suite and its stack, once", async () => {
  const { output, status } = await outcomeOf(
    `describe("a suite", () => { test("one", () => { throw new Error("so it is"); }); });`,
  );
  assert.match(output, /✖ .*0\.test\.mjs: a suite › one\n {4}Error: so it is\n {8}at /);
  assert.match(output, /^0 passed, 1 failed, 0 skipped$/m);
  assert.equal(status, 1);
});

test("a skipped test is shown with its reason", async () => {
  const { output, status } = await outcomeOf(`test("one", { skip: "no such kernel" }, () => {});`);
  assert.match(output, /^- .*0\.test\.mjs: one: skipped: no such kernel$/m);
  assert.match(output, /^0 passed, 0 failed, 1 skipped$/m);
  assert.equal(status, 0);
});

test("a file that does not load is a failure, also beside files that pass", async () => {
  const { output, status } = await outcomeOf(`test("one", () => {});`, `import "./absent.mjs";`);
  assert.match(output, /✖ .*1\.test\.mjs/);
  assert.match(output, /^1 passed, 1 failed, 0 skipped$/m);
  assert.equal(status, 1);
});

test("no test at all is a failure", async () => {
  const { output, status } = await outcomeOf(`export {};`);
  assert.match(output, /^no test ran\n0 passed, 0 failed, 0 skipped$/m);
  assert.equal(status, 1);
});
