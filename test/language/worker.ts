/** A process that makes, runs and compares some of the programs. Its parent sends a range of seeds; it answers for each module. */

import { Coverage } from "./coverage.ts";
import { generateModule } from "./generate/module.ts";
import { printModule } from "./print.ts";
import { runModule, type Verdict } from "./run.ts";
import { shrink } from "./shrink.ts";

export interface Task {
  readonly seeds: readonly number[];
  readonly programsPerModule: number;
}

export interface Failure {
  readonly seed: number;
  readonly program: string;
  readonly kind: string;
  readonly why: string;
  readonly text: string;
}

export interface Answer {
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly counts: Readonly<Record<string, number>>;
}

const shrinkingMs = 15_000;
const shrunkAtMost = 3;
let shrunk = 0;

export function work({ seeds, programsPerModule }: Task): Answer {
  const coverage = new Coverage();
  const failures: Failure[] = [];
  let passed = 0;
  for (const seed of seeds) {
    const module = generateModule(seed, programsPerModule);
    coverage.add(module);
    for (const [program, verdict] of runModule(module, seed)) {
      if (verdict.kind === "agrees") passed++;
      else {
        const alone = { ...module, programs: module.programs.filter(({ name }) => name === program) };
        const small = shrunk++ < shrunkAtMost ? smallest(alone, program, seed, verdict) : alone;
        failures.push({ seed, program, kind: verdict.kind, why: verdict.why, text: printModule(small) });
      }
    }
  }
  return { passed, failures, counts: Object.fromEntries(coverage.counts) };
}

/** The smallest program that fails in the same words, numbers aside. */
function smallest(alone: ReturnType<typeof generateModule>, program: string, seed: number, verdict: Verdict) {
  const wanted = inWords(verdict);
  const until = Date.now() + shrinkingMs;
  return shrink(alone, (candidate) => {
    if (Date.now() > until) return false;
    try {
      return inWords(runModule(candidate, seed).get(program)!) === wanted;
    } catch {
      // Less than a program: the evaluator cannot make sense of it.
      return false;
    }
  });
}

function inWords(verdict: Verdict): string {
  if (verdict.kind === "agrees" || verdict.kind === "differs") return verdict.kind;
  const [line] = verdict.why.split("\n");
  return `${verdict.kind} ${line!.replace(/^\S+ /, "").replaceAll(/\(program\d+\)|-?0x[0-9a-f]+|-?\d+/g, "")}`;
}

if (process.send !== undefined) {
  process.on("message", (task: Task) => {
    process.send!(work(task));
  });
}
