import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./test-files.ts";

const bundle = join(root, "dist/bundle");
const skip = existsSync(bundle) ? false : "run `npm run build` first";

test("an installed Tarsier starts from few files, and finds its own files", { skip }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-bundle-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  // As it is installed: without tsconfig.json, and without the modules of the command line.
  for (const name of ["bin", "dist"]) mkdirSync(join(folder, name));
  copyFileSync(join(root, "bin/tarsier.js"), join(folder, "bin/tarsier.js"));
  cpSync(bundle, join(folder, "dist/bundle"), { recursive: true });
  for (const name of ["package.json", "node_modules"]) symlinkSync(join(root, name), join(folder, name));
  const text = `import { tpBtf } from "tarsier/program";\nexport const run = tpBtf("sys_enter", () => {});\n`;
  writeFileSync(join(folder, "small.ts"), text);
  writeFileSync(join(folder, "wrong.ts"), text.replace("() => {}", "() => eval"));
  const tarsier = (...parameters: string[]) =>
    spawnSync(process.execPath, ["bin/tarsier.js", ...parameters], { cwd: folder, encoding: "utf8" });
  assert.match(tarsier("--version").stdout, /^\d+\.\d+\.\d+\n$/);
  assert.match(tarsier("build", "small.ts", "--print=emit").stdout, /^--- run: emit\n {4}0: r0 = 0/);
  const { status, stderr } = tarsier("build", "wrong.ts");
  assert.deepEqual([status, stderr.split("\n")[0]?.slice(0, 22)], [1, "tarsier: wrong.ts:2:45"], stderr);
});
