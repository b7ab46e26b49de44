/** Runs test files with Node's own runner and says what failed, what was skipped and why. */

import { run } from "node:test";
import { sourceOf } from "./test-files.ts";

/** What became of one test. */
export type Outcome = "pass" | "fail" | "skip";

export interface TestResult {
  readonly file: string;
  /** The names of the suites it is in, and its own: `a suite › a test`. */
  readonly name: string;
  readonly outcome: Outcome;
  /** Why it failed or was skipped. */
  readonly reason: string;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface RunTestsOptions {
  /** How many files run at a time. */
  readonly concurrency: number;
  /** How long one file may take. */
  readonly timeoutMs: number;
  /** Called for every result as it comes; prints failures and skips by default. */
  readonly report?: (result: TestResult) => void;
}

type Ended = { name: string; nesting: number; skip?: string | boolean; details: { type?: string } };

/** Runs compiled test files; every test in them is counted once, suites are not. */
export async function runTests(files: readonly string[], options: RunTestsOptions): Promise<Counts> {
  const { concurrency, timeoutMs, report = print } = options;
  const counts = { pass: 0, fail: 0, skip: 0 };
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      await runFile(file, timeoutMs, (result) => {
        counts[result.outcome]++;
        report(result);
      });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { passed: counts.pass, failed: counts.fail, skipped: counts.skip };
}

/** Runs one file: what the runner says of a test names the place of its call, which need not be in this file. */
async function runFile(file: string, timeoutMs: number, report: (result: TestResult) => void): Promise<void> {
  const titles: string[] = [];
  const end = (outcome: Outcome, { name, nesting }: Ended, reason: string) => {
    const title = name === file ? "the file" : [...titles.slice(0, nesting), name].join(" › ");
    report({ file: sourceOf(file), name: title, outcome, reason });
  };
  for await (const event of run({ files: [file], timeout: timeoutMs })) {
    switch (event.type) {
      case "test:start":
        titles[event.data.nesting] = event.data.name;
        break;
      case "test:pass": {
        const ended: Ended = event.data;
        if (ended.details.type === "suite" || ended.name === file) break;
        if (ended.skip === undefined) end("pass", ended, "");
        else end("skip", ended, typeof ended.skip === "string" ? ended.skip : "");
        break;
      }
      case "test:fail": {
        const error = event.data.details.error as Error & { failureType?: string };
        if (error.failureType !== "subtestsFailed") end("fail", event.data, describe(error.cause ?? error));
        break;
      }
      case "test:stdout":
      case "test:stderr":
        process.stderr.write(event.data.message);
        break;
    }
  }
}

/** Prints the closing line and says by which status to exit: 1 if anything failed or nothing ran. */
export function sumUp({ passed, failed, skipped }: Counts): number {
  if (passed + failed + skipped === 0) console.log("no test ran");
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 || passed + skipped === 0 ? 1 : 0;
}

function print({ file, name, outcome, reason }: TestResult): void {
  if (outcome === "fail") console.log(`✖ ${file}: ${name}\n${indent(reason)}\n`);
  if (outcome === "skip") console.log(`- ${file}: ${name}: skipped${reason === "" ? "" : `: ${reason}`}`);
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return (cause.stack ?? cause.message)
    .split("\n")
    .filter((line) => !line.includes("(node:internal/") && !/^\s+at (async )?node:internal\//.test(line))
    .join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}
