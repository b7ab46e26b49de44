/** Pass 1, parse: the entry module and what it imports, as syntax trees. */

import { parseSync } from "oxc-parser";
import { InputError } from "../errors/error.ts";
import { problem } from "./problem.ts";
import type { SourceFile } from "./source.ts";
import { type Program, placeOf } from "./syntax.ts";

/** A parsed module. `imports` maps each specifier in its text to a module's path. */
export interface ParsedModule {
  readonly file: SourceFile;
  readonly program: Program;
  readonly imports: ReadonlyMap<string, ImportTarget>;
}

/** What an import names: the language itself, or another module. */
export type ImportTarget = { readonly kind: "language" } | { readonly kind: "module"; readonly path: string };

export type ReadFile = (path: string) => string;

/** Parses `entry` and, in the order they are named, the modules it imports. */
export function parse(entry: string, readFile: ReadFile): ReadonlyMap<string, ParsedModule> {
  const modules = new Map<string, ParsedModule>();
  const waiting = [entry];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (modules.has(path)) continue;
    const module = parseModule(path, readFile);
    modules.set(path, module);
    for (const target of module.imports.values()) if (target.kind === "module") waiting.push(target.path);
  }
  return modules;
}

function parseModule(path: string, readFile: ReadFile): ParsedModule {
  const file: SourceFile = { path, text: read(path, readFile) };
  const { program, errors } = parseSync(path, file.text, { lang: "ts", sourceType: "module" });
  const [error] = errors;
  if (error !== undefined) {
    const span = error.labels[0] ?? { start: 0, end: 0 };
    throw problem("mistake", placeOf(file, span), error.message, error.helpMessage ?? undefined);
  }
  return { file, program, imports: importsOf(file, program) };
}

function read(path: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch (cause) {
    throw new InputError("PROGRAM_NO_FILE", `${path}: the module cannot be read`, { cause });
  }
}

function importsOf(file: SourceFile, program: Program): Map<string, ImportTarget> {
  const imports = new Map<string, ImportTarget>();
  for (const node of program.body) {
    const isLink =
      node.type === "ImportDeclaration" ||
      node.type === "ExportNamedDeclaration" ||
      node.type === "ExportAllDeclaration";
    if (!isLink || node.source === null) continue;
    const specifier = node.source.value;
    if (specifier === "tarsier/program" || specifier.endsWith("/program/index.ts")) {
      imports.set(specifier, { kind: "language" });
    } else if (specifier.startsWith(".") && specifier.endsWith(".ts")) {
      imports.set(specifier, { kind: "module", path: join(file.path, specifier) });
    } else {
      throw problem(
        "notInLanguage",
        placeOf(file, node.source),
        `a kernel program cannot import "${specifier}"`,
        'import "tarsier/program" or a module by its relative path, ending in ".ts"',
      );
    }
  }
  return imports;
}

/** `specifier` as seen from the module at `from`, with `.` and `..` resolved. */
function join(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
