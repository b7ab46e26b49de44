/** `tarsier build --out-dir`: what a published package would hold, used as its users would. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { directoryWith, smallProgram, tarsier } from "./tarsier.testing.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const program = `import type { RunContext } from "tarsier";
import { bytes, config, global, hash, rawTracepoint, struct, u64 } from "tarsier/program";
import { limit, Name } from "./shared.ts";

export type Size = bigint;
export const Key = struct({ name: Name, small: u64 });
const Sum = struct({ sum: u64 });
export const totals = hash({ key: Key, value: Sum, maxEntries: limit });
export const step = config(u64, 1n);
export const calls = global(u64, 0n);

export const count = rawTracepoint("sys_enter", (number: u64): void => {
  const key = Key.zero();
  key.name.write(0, "a");
  const total = totals.getOrInsert(key, Sum.zero());
  if (total !== null) total.sum += number * step;
  calls.value += 1n;
});

export default ({ print }: RunContext<typeof import("./small.ts")>): void => print("user half");
`;
const shared = 'import { bytes } from "tarsier/program";\n\nexport const limit = 16;\nexport const Name = bytes(4);\n';

/** A package that has Tarsier installed, built to `dist/`; its sources are gone. */
function builtPackage(context: TestContext, ...more: string[]): string {
  const directory = directoryWith(context, { "package.json": '{ "type": "module" }' });
  for (const folder of ["src", "dist", "node_modules"]) mkdirSync(join(directory, folder));
  symlinkSync(root, join(directory, "node_modules", "tarsier"));
  writeFileSync(join(directory, "src/small.ts"), program);
  writeFileSync(join(directory, "src/shared.ts"), shared);
  const { status, stderr } = tarsier(directory, ["build", "src/small.ts", ...more, "--out-dir", "dist"]);
  assert.deepEqual([status, stderr], [0, ""]);
  return directory;
}

/** Runs a module in `dist/` where neither the compiler nor its parser can be loaded. */
function runBuilt(directory: string, text: string) {
  const guard = `export function resolve(name, context, next) {
    if (/oxc-parser|\\/compiler\\/|^typescript/.test(name)) throw new Error("loaded " + name);
    return next(name, context);
  }`;
  const register = `import { register } from "node:module"; register("data:text/javascript,${encodeURIComponent(guard)}");`;
  writeFileSync(join(directory, "dist/app.js"), text);
  return spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(register)}`, "dist/app.js"],
    {
      cwd: directory,
      encoding: "utf8",
    },
  );
}

kernelTest("a built module is loaded by the URL of its source, without the compiler", (context) => {
  const directory = builtPackage(context);
  assert.deepEqual(readdirSync(join(directory, "dist")).sort(), ["shared.js", "small.d.ts", "small.js"]);
  const app = `import { load } from "tarsier";
const collection = await load(new URL("./small.ts", import.meta.url), { config: { step: 2n } });
collection.programs.count.run([21n]);
for (const [key, { sum }] of collection.maps.totals) console.log(String.fromCharCode(key.name[0]), sum, collection.globals.calls.value);
collection.close();
`;
  const { status, stdout, stderr } = runBuilt(directory, app);
  assert.deepEqual([status, stdout], [0, "a 42n 1n\n"], stderr);
});

test("a built module has its schemas and its user half", (context) => {
  const directory = builtPackage(context);
  const app = `import userHalf, { Key, totals, count } from "./small.js";
console.log(Key.sizeBytes, totals.maxEntries, count.hook);
userHalf({ print: console.log });
`;
  assert.equal(runBuilt(directory, app).stdout, "16 16 rawTracepoint\nuser half\n");
});

test("a twin is out of date when a source beside it has changed", async (context) => {
  const directory = builtPackage(context);
  const { collectionOfTwin, twinOf } = await import("../build/twin.ts");
  const { pathToFileURL } = await import("node:url");
  const source = pathToFileURL(join(directory, "dist/small.ts"));
  assert.equal((await collectionOfTwin(twinOf(source), source))?.name, "small");
  writeFileSync(join(directory, "dist/shared.ts"), shared);
  assert.equal((await collectionOfTwin(twinOf(source), source))?.name, "small");
  writeFileSync(join(directory, "dist/shared.ts"), shared.replace("16", "32"));
  assert.equal(await collectionOfTwin(twinOf(source), source), undefined);
});

test("the declarations are those of the source", (context) => {
  const directory = builtPackage(context);
  rmSync(join(directory, "src"), { recursive: true });
  const use = `import { type LiveCollection, load } from "tarsier";
type Small = typeof import("./small.js");
export const collection: LiveCollection<Small> = await load<Small>(new URL("./small.ts", import.meta.url), { config: { step: 2n } });
for (const [key, { sum }] of collection.maps.totals) { const one: number = key.name[0]!; const all: bigint = sum + key.small; void [one, all]; }
collection.globals.calls.value += 1n;
collection.programs.count.attach();
// @ts-expect-error there is no such program
collection.programs.none.attach();
// @ts-expect-error a bigint
await load<Small>(new URL("./small.ts", import.meta.url), { config: { step: 2 } });
`;
  writeFileSync(join(directory, "dist/use.ts"), use);
  const tsc = join(root, "node_modules/.bin/tsc");
  const options = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--module", "nodenext", "--target", "es2022"];
  const libraries = [
    "--lib",
    "es2023,esnext.disposable",
    "--types",
    "node",
    "--typeRoots",
    join(root, "node_modules/@types"),
  ];
  const { status, stdout } = spawnSync(tsc, [...options, ...libraries, "dist/use.ts"], {
    cwd: directory,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

test("what is outside of the folder, or cannot be built, leaves nothing", (context) => {
  const directory = directoryWith(context, {
    "small.ts": smallProgram,
    "outer.ts": 'import { x } from "../outside.ts";\nvoid x;\n',
  });
  writeFileSync(
    join(directory, "small.ts"),
    `${smallProgram}import { x } from "../outside.ts";\nexport default () => x;\n`,
  );
  const { status, stderr } = tarsier(directory, ["build", "small.ts", "--out-dir", "dist"]);
  assert.equal(status, 1);
  assert.match(stderr, /^tarsier: .*small\.ts: imports .*outside\.ts, which is not in /);
  assert.equal(existsSync(join(directory, "dist")), false);
});
