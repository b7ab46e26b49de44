/** Walking a syntax tree without knowing every kind of node. */

import { parseSync } from "oxc-parser";
import { ProgramError } from "../errors/error.ts";

/** Any node: where it is, what it is, and its parts. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [part: string]: unknown;
}

/** A module's statements. Throws `ProgramError` on the line that cannot be parsed. */
export function parseModule(path: string, text: string): readonly Node[] {
  const { program, errors } = parseSync(path, text, { lang: "ts", sourceType: "module" });
  const [error] = errors;
  if (error !== undefined) {
    throw syntaxProblem(path, text, error.labels[0] ?? { start: 0, end: 0 }, error.message);
  }
  return program.body as unknown as readonly Node[];
}

/** The nodes right below a node. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((part) => (Array.isArray(part) ? part : [part]))
    .filter(isNode);
}

export function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && typeof (part as Node).type === "string";
}

/** What is wrong, on its line: `flows.ts:3:5: …`, then the line itself. */
export function syntaxProblem(
  path: string,
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  message: string,
): ProgramError {
  const before = text.slice(0, start).split("\n");
  const [line, column] = [before.length, before.at(-1)!.length + 1];
  const source = text.split("\n")[line - 1]!.replace(/\r$/, "");
  const length = Math.max(1, Math.min(end - start, source.length - column + 1));
  const underline = source.slice(0, column - 1).replace(/[^\t]/g, " ") + "^".repeat(length);
  return new ProgramError("PROGRAM_SYNTAX", `${path}:${line}:${column}: ${message}`, {
    details: `${String(line).padStart(4)} | ${source}\n     | ${underline}`,
  });
}
