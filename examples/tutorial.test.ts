/** docs/tutorial.md, as somebody follows it: its files are written, its commands run, and they print what stands there. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
const files = [...page.matchAll(/^```ts file=(\S+)\n(.*?)^```$/gms)].map(([, name, text]) => ({
  name: name!,
  text: text!,
}));
const sessions = [...page.matchAll(/^```console\n\$ (.*?)\n(.*?)^```$/gms)].map(([, command, output]) => [
  command!,
  output!,
]);

let directory = "";
before(() => {
  directory = mkdtempSync(join(tmpdir(), "tarsier-tutorial-"));
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(root, join(directory, "node_modules/tarsier"));
  symlinkSync(join(root, "node_modules/@types"), join(directory, "node_modules/@types"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(directory, "tarsier"),
    `#!/bin/sh\nexec ${process.execPath} ${join(root, "bin/tarsier.js")} "$@"\n`,
  );
  chmodSync(join(directory, "tarsier"), 0o755);
  for (const { name, text } of files) writeFileSync(join(directory, name), text);
});
after(() => rmSync(directory, { recursive: true }));

test("the page has files and sessions", () => {
  assert.deepEqual([files.length, sessions.length], [5, 4]);
});

for (const [command, output] of sessions) {
  kernelTest(command!, () => {
    const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
    const { stdout, stderr } = spawnSync("bash", ["-c", command!], { cwd: directory, env, encoding: "utf8" });
    // A terminal has both in one; here errors come first. bash says its own name as it was found.
    const printed = (stderr + stdout).replaceAll(/^\S*\/bash: /gm, "bash: ");
    assert.deepEqual(sorted(printed), sorted(output!));
  });
}

const sorted = (text: string) => text.trimEnd().split("\n").sort();

test("TypeScript takes every file but the wrong one", () => {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  const names = files.map(({ name }) => name).filter((name) => name !== "wrong.ts");
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, ...options, "--allowImportingTsExtensions", "--skipLibCheck", ...names], {
    cwd: directory,
    stdio: "inherit",
  });
});

kernelTest("a program of one's own loads the module", () => {
  const script = "import { importTypeScript } from process.env.HOOKS; await importTypeScript(process.env.MODULE);";
  const own = script.replace("process.env.HOOKS", JSON.stringify(join(root, "dist/src/build/import-typescript.js")));
  const env = { ...process.env, MODULE: join(directory, "own.ts") };
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", own], {
    cwd: directory,
    env,
    encoding: "utf8",
  });
  assert.equal(printed, "[ 25 ] [ 'connect' ]\n");
});
