/** Has the kernel verify a collection, and says what the verifier said. */

import { loadCollection, type VerifierLogLevel } from "../kernel/index.ts";
import type { CollectionSpec } from "../spec/index.ts";

/** A program that the verifier took. */
export interface Checked {
  readonly program: string;
  readonly hook: string;
  /** As they were compiled; a 64-bit load is two. */
  readonly instructions: number;
  /** How many the verifier went through, on every path. */
  readonly verified: number;
  /** Of the program and, along the deepest calls, of its subprograms. */
  readonly stackBytes: number;
  readonly log?: string;
}

/** Loads every program, and lets all of it go at once. Throws the refusal of the first that is refused. */
export function checkCollection(spec: CollectionSpec, log: VerifierLogLevel): Checked[] {
  const collection = loadCollection(spec, { verifierLog: log });
  try {
    return [...collection.programs.values()].map(({ spec: { name, hook, code }, verifierLog }) => ({
      program: name,
      hook: hook.target === "" ? hook.kind : `${hook.kind} ${hook.target}`,
      instructions: code.byteLength / 8,
      ...readSums(verifierLog),
      ...(log === "steps" && { log: verifierLog }),
    }));
  } finally {
    collection.close();
  }
}

/** The last lines of a verifier's log (`print_verification_stats` of `kernel/bpf/verifier.c`). */
export function readSums(log: string): Pick<Checked, "verified" | "stackBytes"> {
  const depths = /^stack depth ([\d+]+)/m.exec(log)?.[1] ?? "0";
  return {
    verified: Number(/^processed (\d+) insns/m.exec(log)?.[1] ?? 0),
    stackBytes: depths.split("+").reduce((sum, depth) => sum + Number(depth), 0),
  };
}
