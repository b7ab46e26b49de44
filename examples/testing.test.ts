/** docs/testing.md and docs/hooks.md, as somebody follows them: their files are written, checked by TypeScript, and their tests pass without root. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const hooks = join(root, "dist/src/build/import-typescript.js");

/** The files that a page has the reader write. */
function filesOf(page: string): readonly (readonly [string, string])[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  return [...text.matchAll(/^```ts file=(\S+)\n(.*?)^```$/gms)].map(([, name, content]) => [name!, content!]);
}

function writeFiles(page: string): { readonly directory: string; readonly names: readonly string[] } {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-testing-"));
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(root, join(directory, "node_modules/tarsier"));
  symlinkSync(join(root, "node_modules/@types"), join(directory, "node_modules/@types"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  const files = filesOf(page);
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
  return { directory, names: files.map(([name]) => name) };
}

for (const [page, count] of [
  ["testing.md", 2],
  ["hooks.md", 1],
] as const) {
  test(`docs/${page}: TypeScript takes the files, and their tests pass`, () => {
    const { directory, names } = writeFiles(page);
    try {
      const tests = names.filter((name) => name.endsWith(".test.ts"));
      assert.equal(tests.length, count);
      const compiler = join(root, "node_modules/typescript/bin/tsc");
      const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
      execFileSync(
        process.execPath,
        [compiler, ...options, "--allowImportingTsExtensions", "--skipLibCheck", ...names],
        { cwd: directory, stdio: "inherit" },
      );
      assert.ok(existsSync(hooks));
      for (const name of tests) {
        const script = `const { importTypeScript } = await import(${JSON.stringify(hooks)});
          await importTypeScript(${JSON.stringify(new URL(`file://${join(directory, name)}`).href)});`;
        const { NODE_TEST_CONTEXT: _, ...env } = process.env;
        const ran = spawnSync(process.execPath, ["--input-type=module", "--test-reporter=tap", "-e", script], {
          cwd: directory,
          env,
          encoding: "utf8",
        });
        assert.equal(ran.status, 0, ran.stdout + ran.stderr);
        assert.match(ran.stdout, /^# pass [1-9]/m);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
