/** What each test must do on each kernel, and what it did. */

import type { Outcome, TestResult } from "../run-tests.ts";

/** Expected outcomes by test name. */
export type Expected = Readonly<Record<string, "pass" | "skip">>;

/** Compares: what is as expected is counted, everything else is a failure with a line of its own. */
export function compare(
  expected: Expected,
  results: readonly TestResult[],
): { readonly passed: number; readonly skipped: number; readonly problems: string[] } {
  const problems: string[] = [];
  const count: Record<Outcome, number> = { pass: 0, fail: 0, skip: 0 };
  for (const { name, outcome, reason } of results) {
    const wanted = expected[name];
    if (outcome === wanted) {
      count[outcome]++;
      continue;
    }
    const why = reason === "" ? "" : `: ${reason}`;
    if (wanted === undefined && outcome !== "fail") {
      problems.push(`${name}: not in kernels.json (${outcome}${why})`);
    } else problems.push(`${name}: ${outcome}${wanted === undefined ? "" : `, expected ${wanted}`}${why}`);
  }
  for (const name of Object.keys(expected)) {
    if (!results.some((result) => result.name === name)) problems.push(`${name}: did not run`);
  }
  return { passed: count.pass, skipped: count.skip, problems };
}
