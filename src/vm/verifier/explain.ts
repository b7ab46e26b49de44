/** A refusal as an error, in the form that refusals of the kernel have. */

import type { Btf } from "../../btf/index.ts";
import { ProgramError } from "../../errors/error.ts";
import type { CollectionSpec, ProgramSpec } from "../../spec/index.ts";
import { type Verdict, type VerifierOptions, verifyProgram } from "./index.ts";
import type { Origin, Refusal } from "./refusal.ts";
import { lineOf } from "./walk-context.ts";

/** The place in the source of the instruction at `slot`. */
export function originOf(program: ProgramSpec, slot: number, types: Btf | undefined): Origin | undefined {
  const line = lineOf(program, slot);
  if (line === undefined || types === undefined) return undefined;
  return {
    file: types.string(line.fileNameOffset),
    line: line.line,
    column: line.column,
    text: types.string(line.textOffset),
  };
}

/** One line that says what is wrong, and the lines that help to understand it. */
export function explained(program: string, refusal: Refusal): { readonly message: string; readonly details: string } {
  const { kind, slot, message, remedy, origin } = refusal;
  const place = origin === undefined ? `${program}, slot ${slot}` : `${origin.file}:${origin.line}:${origin.column}`;
  return {
    message: `${place}: the verifier refuses this (${program}): ${message}`,
    details: [
      ...(origin === undefined ? [] : [`${String(origin.line).padStart(4)} | ${origin.text}`]),
      ...(remedy === "" ? [] : [`  ${remedy}`]),
      `  rule: ${kind}, slot ${slot}`,
    ].join("\n"),
  };
}

/** Verifies `program`; a `ProgramError` says why it is refused. */
export function verifyOrThrow(
  collection: CollectionSpec,
  program: ProgramSpec,
  options?: VerifierOptions,
): Extract<Verdict, { accepted: true }> {
  const verdict = verifyProgram(collection, program, options);
  if (verdict.accepted) return verdict;
  const { message, details } = explained(program.name, verdict.refusal);
  throw new ProgramError("PROGRAM_REFUSED", message, { details });
}
