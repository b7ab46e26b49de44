/**
 * Puts the modules of the command line into few files, one a folder of `src/`, in `dist/bundle`: Node takes most of a
 * millisecond to find, read and link each of some 250 modules, and none of that is left. `tsc` makes CommonJS of them, so that names stay bound as
 * they were; here they become functions. Where a module looks for files beside it, it looks where it was.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./test-files.ts";

const folder = join(root, "dist/commonjs");
const output = join(root, "dist/bundle");
const entry = "cli/main.js";
/** Packages that are modules of ECMAScript only: they are loaded before the first module that needs them. */
const modulePackages = ["oxc-parser"];

const requirePattern = /\brequire\("([^"]+)"\)/g;
const lazyLiteral = /Promise\.resolve\(\)\.then\(\(\) => (?:__importStar\()?require\("([^"]+)"\)\)?\)/g;
const lazyComputed = /Promise\.resolve\(`\$\{([^`]+)\}`\)\.then\((?:\()?s(?:\))? => __importStar\(require\(s\)\)\)/g;

/** The text of one module, made fit for the bundle, and what it needs at once. */
function moduleText(name: string): { text: string; needs: string[]; later: string[] } {
  const later: string[] = [];
  const text = readFileSync(join(folder, name), "utf8")
    .replace('"use strict";\n', "")
    .replace(lazyComputed, "import($1)")
    .replace(lazyLiteral, (_, specifier: string) => {
      const target = resolve(name, specifier);
      later.push(target);
      return `loadLater(${JSON.stringify(target)})`;
    })
    .replaceAll("import.meta.url", "ownUrl");
  const needs: string[] = [];
  const resolved = text.replace(requirePattern, (_, specifier: string) => {
    const target = resolve(name, specifier);
    needs.push(target);
    return `require(${JSON.stringify(target)})`;
  });
  return { text: resolved, needs, later };
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
}

execFileSync("npx", ["tsc", "-p", "tsconfig.bundle.json"], { cwd: root, stdio: ["ignore", "inherit", "ignore"] });
/** The package's own entry is no part of the command line. */
const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\/.+\.js$/.test(name));
const modules = new Map(names.map((name) => [name, moduleText(name)]));

/** Everything that a module needs at once, with it: modules and packages. */
function closureOf(name: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const need of modules.get(name)?.needs ?? []) closureOf(need, seen);
  return seen;
}

const folderOf = (name: string): string => name.split("/")[0]!;
const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** What has to be there before a module can be called for: the files it is in, and packages. */
function prerequisites(name: string): { files: string[]; packages: string[] } {
  const closure = [...closureOf(name)];
  return {
    files: unique(closure.filter((one) => modules.has(one)).map(folderOf)),
    packages: closure.filter((one) => modulePackages.includes(one)),
  };
}

rmSync(output, { recursive: true, force: true });
mkdirSync(output);
for (const part of unique([...modules.keys()].map(folderOf))) {
  // The parentheses have V8 compile each function as it reads it: it is called at once.
  const functions = [...modules]
    .filter(([name]) => folderOf(name) === part)
    .map(
      ([name, { text }]) => `${JSON.stringify(name)}: (function (exports, require, ownUrl, loadLater) {\n${text}\n})`,
    );
  writeFileSync(join(output, `${part}.js`), `export default {\n${functions.join(",\n")}\n};\n`);
}

const later = unique([entry, ...[...modules.values()].flatMap(({ later }) => later)]);
writeFileSync(
  join(output, "tarsier.js"),
  `// Made by scripts/bundle.ts of the modules in src/.
import { createRequire } from "node:module";
const outer = createRequire(import.meta.url);
const prerequisites = ${JSON.stringify(Object.fromEntries(later.map((name) => [name, prerequisites(name)])))};
const loaded = new Map();
const modules = {};
function require(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const define = modules[name];
  if (define === undefined) return outer(name);
  const exports = {};
  loaded.set(name, exports);
  define(exports, require, new URL("../src/" + name, import.meta.url).href, loadLater);
  return exports;
}
async function loadLater(name) {
  const { files, packages } = prerequisites[name];
  await Promise.all([
    ...files.map(async (file) => Object.assign(modules, (await import("./" + file + ".js")).default)),
    ...packages.map(async (needed) => loaded.set(needed, await import(needed))),
  ]);
  return require(name);
}
export const { main } = await loadLater(${JSON.stringify(entry)});
`,
);
rmSync(folder, { recursive: true });
