/** How a test's result leaves the test machine. */

import type { TestResult } from "../run-tests.ts";

export const resultMarker = "tarsier-vm-result: ";

/** The result in a line, or `undefined` if it holds none. */
export function parseResultLine(line: string): TestResult | undefined {
  return line.startsWith(resultMarker) ? (JSON.parse(line.slice(resultMarker.length)) as TestResult) : undefined;
}
