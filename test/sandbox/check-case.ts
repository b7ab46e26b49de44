/** One case in every engine, and in the kernel: all that accept it leave the same, and what is accepted never faults. */

import type { FuzzCase } from "./fuzz-case.ts";
import { inKernel, inSandbox, judged } from "./in-runtimes.ts";
import { differenceOf, type Left } from "./left-behind.ts";

/** What the verifiers said, and why where they refused. */
export interface Verdicts {
  readonly ours: "accepted" | string;
  /** Absent where no kernel was asked. */
  readonly kernels?: "accepted" | string;
}

export interface Checked {
  readonly verdicts: Verdicts;
  /** What went wrong: `exact: run 0, verdict: 1, not 2`. */
  readonly failure?: string;
  /** Runs that ended with a fault. */
  readonly faults: number;
}

export interface CheckOptions {
  readonly kernel: boolean;
}

export function checkCase(tried: FuzzCase, { kernel }: CheckOptions): Checked {
  const verdict = judged(tried);
  const accepted = "contextBytes" in verdict;
  const contextBytes = accepted ? verdict.contextBytes : 0;
  const oracle = inSandbox(tried, { engine: "interpreter" }, contextBytes);
  const faulted = oracle.runs.filter(({ fault }) => fault !== undefined);
  const ours = accepted ? "accepted" : verdict.refusal.kind;
  const differs = (name: string, left: Left) => {
    const difference = differenceOf(oracle, left);
    return difference && `${name}: ${difference}`;
  };
  const linux = kernel ? inKernel(tried) : undefined;
  const kernels = linux && ("refused" in linux ? linux.refused : "accepted");
  const failure =
    (accepted && faulted[0] && `accepted, and yet: ${faulted[0].fault}`) ??
    differs("exact", inSandbox(tried, { tier: "exact" }, contextBytes)) ??
    (accepted ? differs("verified", inSandbox(tried, { tier: "verified" }, contextBytes)) : undefined) ??
    // What we refuse and the kernel accepts may read what it never wrote. Wild code gives addresses away as numbers.
    (accepted && linux !== undefined && !("refused" in linux) && tried.generator !== "wild"
      ? differs("kernel", linux)
      : undefined);
  return {
    verdicts: { ours, ...(kernels !== undefined && { kernels }) },
    faults: faulted.length,
    ...(failure !== undefined && failure !== false && { failure }),
  };
}
