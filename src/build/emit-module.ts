/**
 * Modules as a published package has them: JavaScript, with the compiled programs inside, and declarations. What they
 * import by a relative path is emitted with them.
 */

import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseSync } from "oxc-parser";
import { InputError } from "../errors/error.ts";
import { type CollectionSpec, collectionToJson } from "../spec/index.ts";
import { declarationsOf } from "./declarations.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { importTypeScript } from "./import-typescript.ts";
import { stripTypes } from "./strip-types.ts";
import { hashOf, twinExport } from "./twin.ts";
import { kernelHalfOnly } from "./typescript-hooks.ts";

/** A file to be written: where, below the output's folder, and what. */
export interface EmittedFile {
  readonly path: string;
  readonly text: string;
}

/** A module with programs, compiled. */
export interface CompiledModule {
  readonly path: string;
  readonly spec: CollectionSpec;
}

/** The files of modules with programs and of everything they import; `root` is the folder that they are all in. */
export async function emitModules(modules: readonly CompiledModule[], root: string): Promise<EmittedFile[]> {
  const files = new Map<string, string>();
  for (const { path, spec } of modules) {
    const reached = reachedFrom(path, root);
    const own = resolve(path);
    for (const [module, text] of reached) {
      if (module !== own && !files.has(outputOf(module, root)))
        files.set(outputOf(module, root), javascriptOf(module, text));
    }
    const sources = Object.fromEntries(
      [...reached].map(([module, text]) => [`./${relative(dirname(own), module)}`, hashOf(text)]),
    );
    const twin = { json: collectionToJson(spec), sources };
    const text = reached.get(own)!;
    files.set(
      outputOf(own, root),
      `${javascriptOf(own, text)}\nexport const ${twinExport} = ${JSON.stringify(twin)};\n`,
    );
    const values = await importTypeScript(pathToFileURL(own).href + kernelHalfOnly);
    const variables = new Set([...spec.config, ...(spec.globals ?? [])].map(({ name }) => name));
    files.set(outputOf(own, root).replace(/js$/, "d.ts"), declarationsOf(path, text, values, variables));
  }
  return [...files].map(([path, text]) => ({ path, text }));
}

/** The folder that all of the given files are in. */
export function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => dirname(resolve(path)));
  let common = folders[0] ?? resolve(".");
  while (!folders.every((folder) => folder === common || folder.startsWith(`${common}/`))) common = dirname(common);
  return common;
}

function outputOf(path: string, root: string): string {
  return relative(root, path).replace(/ts$/, "js");
}

/** The text of a module and of all modules in TypeScript that it imports, by their absolute paths. */
function reachedFrom(entry: string, root: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const visit = (path: string, from: string): void => {
    if (texts.has(path)) return;
    if (relative(root, path).startsWith("..")) {
      throw new InputError(
        "MODULE_OUTSIDE",
        `${from}: imports ${path}, which is not in ${root}: give a file of that folder too`,
      );
    }
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (cause) {
      throw new InputError("FILE_UNREADABLE", `${from}: imports ${path}, which cannot be read`, { cause });
    }
    texts.set(path, text);
    for (const { value } of relativeImports(path, stripTypes(path, text))) visit(join(dirname(path), value), path);
  };
  visit(resolve(entry), entry);
  return texts;
}

interface Import {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Imports of modules in TypeScript, in a text that is JavaScript already. */
function relativeImports(path: string, javascript: string): Import[] {
  const { staticImports, staticExports, dynamicImports } = parseSync(path.replace(/ts$/, "js"), javascript, {
    sourceType: "module",
  }).module;
  const requests = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest),
    ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => ({
      value: javascript.slice(start, end).replaceAll(/^["'`]|["'`]$/g, ""),
      start,
      end,
    })),
  ];
  const seen = new Set<number>();
  return requests.filter(({ value, start }) => {
    if (!/^\.\.?\/.*\.m?ts$/.test(value) || seen.has(start)) return false;
    seen.add(start);
    return true;
  });
}

function javascriptOf(path: string, text: string): string {
  const javascript = stripTypes(path, text);
  const edits = relativeImports(path, javascript).map(
    ({ value, start, end }): Edit => ({ start, end, text: JSON.stringify(value.replace(/ts$/, "js")) }),
  );
  return applyEdits(javascript, edits);
}
