/** The floors of the house: which folder of `src/` may import which. */

import { posix } from "node:path";
import { parseSync } from "oxc-parser";

/** Folders by floor, the ground floor first. A folder may import from itself and from any floor below. */
export const floors: readonly (readonly string[])[] = [
  ["errors", "bytes"],
  ["isa", "btf", "elf", "spec"],
  ["filter", "compiler", "program", "protocols", "records", "maps"],
  ["vm", "kernel", "tracer", "identity"],
  ["programs", "build", "collection"],
  ["observe", "flows", "capture", "guard", "balance", "profile"],
  ["export", "store"],
  ["web", "cli"],
];

/** What a folder may use of its own floor. */
export const neighbours: Readonly<Record<string, readonly string[]>> = {
  bytes: ["errors"],
  btf: ["isa", "spec"],
  elf: ["isa", "btf", "spec"],
  compiler: ["program"],
};

const tests = /\.(test|testing)\.ts$/;

/** The imports of a file in `src/` that the floors forbid, one line each; `path` is relative to the project's root. */
export function forbiddenImports(path: string, text: string): string[] {
  const folder = folderOf(path);
  if (folder === undefined || tests.test(path)) return [];
  return importsOf(path, text).flatMap(({ request, offset }) => {
    const problem = problemOf(path, folder, request);
    return problem === undefined ? [] : [`${path}:${text.slice(0, offset).split("\n").length}: ${problem}`];
  });
}

function problemOf(path: string, folder: string, request: string): string | undefined {
  const floor = floorOf(folder);
  if (floor < 0) return `${folder} is on no floor: give it one in scripts/layers.ts`;
  if (!request.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(path), request);
  if (tests.test(target)) return `${folder} may not import ${target}: it is for tests`;
  const targetFolder = folderOf(target);
  if (targetFolder === undefined)
    return `${folder} (floor ${floor}) may not import ${target}: it is in no folder of src/`;
  const targetFloor = floorOf(targetFolder);
  const allowed =
    targetFolder === folder ||
    (targetFloor >= 0 && targetFloor < floor) ||
    (neighbours[folder]?.includes(targetFolder) ?? false);
  return allowed
    ? undefined
    : `${folder} (floor ${floor}) may not import ${targetFolder} (${targetFloor < 0 ? "no floor" : `floor ${targetFloor}`})`;
}

/** The folder of `src/` that a path is in; files directly in `src/` are the package's own entry, above all floors. */
function folderOf(path: string): string | undefined {
  const [first, folder, rest] = path.split("/");
  return first === "src" && rest !== undefined ? folder : undefined;
}

function floorOf(folder: string): number {
  return floors.findIndex((folders) => folders.includes(folder));
}

/** Everything a module imports or exports from: statically, for its types only, or by `import()` of a literal. */
function importsOf(path: string, text: string): { readonly request: string; readonly offset: number }[] {
  const { staticImports, staticExports, dynamicImports } = parseSync(path, text).module;
  const sources = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest),
    ...staticExports.flatMap(({ entries }) => entries.slice(0, 1).map(({ moduleRequest }) => moduleRequest)),
  ].filter((source) => source !== null);
  return [
    ...sources.map(({ value, start }) => ({ request: value, offset: start })),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => ({
      request: text.slice(start, end).replaceAll(/^["'`]|["'`]$/g, ""),
      offset: start,
    })),
  ].sort((one, other) => one.offset - other.offset);
}
