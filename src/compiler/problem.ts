/** What is wrong with a program, on the line that is wrong. */

import { ProgramError } from "../errors/error.ts";
import { lineAndColumn, type Place } from "./source.ts";

/** Whose move it is: the author's, never ours, ours later, the verifier's, or ours now. */
export const problemKinds = {
  mistake: { code: "PROGRAM_MISTAKE", label: "this does not fit together" },
  notInLanguage: { code: "PROGRAM_NOT_IN_LANGUAGE", label: "not in the language" },
  notYet: { code: "PROGRAM_NOT_YET", label: "not yet" },
  kernelRefuses: { code: "PROGRAM_KERNEL_REFUSES", label: "the kernel would refuse this" },
  bug: { code: "PROGRAM_COMPILER_BUG", label: "our bug" },
} as const;

export type ProblemKind = keyof typeof problemKinds;

/**
 * The error for `place`: `guard.ts:14:10: not yet: …`, then the line with the place underlined, then the remedy.
 */
export function problem(kind: ProblemKind, place: Place, message: string, remedy?: string): ProgramError {
  const { code, label } = problemKinds[kind];
  const { line, column, text } = lineAndColumn(place);
  const number = String(line).padStart(4);
  const length = Math.max(1, Math.min(place.end - place.start, text.length - column + 1));
  const underline = text.slice(0, column - 1).replace(/[^\t]/g, " ") + "^".repeat(length);

  const details = [`${number} | ${text}`, `     | ${underline}`];
  if (remedy !== undefined) details.push(`  ${remedy}`);
  return new ProgramError(code, `${place.file.path}:${line}:${column}: ${label}: ${message}`, {
    details: details.join("\n"),
  });
}
