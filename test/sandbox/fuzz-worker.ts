/** A process that tries some of the seeds. Its parent sends ranges of them; it answers for each. */

import { whyNoBpf } from "../../src/kernel/kernel-tests.testing.ts";
import { checkCase } from "./check-case.ts";
import { caseOf, type FuzzCase, type GeneratorName, generatorOf } from "./fuzz-case.ts";
import { boundProcessor } from "./in-runtimes.ts";
import { listing, shrunk } from "./shrink.ts";

export interface Task {
  readonly firstSeed: number;
  readonly count: number;
}

export interface Failure {
  readonly seed: number;
  readonly generator: GeneratorName;
  readonly what: string;
  readonly program: string;
}

/** How often each pair of verdicts was given: ours, the kernel's, by generator. */
export interface Tally {
  readonly generator: GeneratorName;
  readonly ours: string;
  readonly kernels: string;
  count: number;
  /** One of them. */
  readonly seed: number;
}

export interface Answer {
  readonly tried: number;
  readonly faults: number;
  readonly tallies: readonly Tally[];
  readonly failures: readonly Failure[];
}

const shrinkingMs = 10_000;

/** Tries seeds, in the kernel too where it is permitted and this process stays on one processor. */
export function work({ firstSeed, count }: Task, kernel: boolean): Answer {
  const tallies = new Map<string, Tally>();
  const failures: Failure[] = [];
  let faults = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const generator = generatorOf(seed);
    try {
      const tried = caseOf(seed);
      const { verdicts, failure, faults: faulted } = checkCase(tried, { kernel });
      faults += faulted;
      const { ours, kernels = "not asked" } = verdicts;
      const key = `${generator} ${ours} ${kernels}`;
      const tally = tallies.get(key) ?? { generator, ours, kernels, count: 0, seed };
      tally.count++;
      tallies.set(key, tally);
      if (failure !== undefined)
        failures.push({ seed, generator, what: failure, program: smallest(tried, failure, kernel) });
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ seed, generator, what, program: "" });
    }
  }
  return { tried: count, faults, tallies: [...tallies.values()], failures };
}

function smallest(tried: FuzzCase, failure: string, kernel: boolean): string {
  const [kind] = failure.split(":");
  const fails = (candidate: FuzzCase) => {
    try {
      return checkCase(candidate, { kernel }).failure?.split(":")[0] === kind;
    } catch {
      return false;
    }
  };
  const small = shrunk(tried, fails, Date.now() + shrinkingMs);
  return small.spec.programs.map((program) => `${program.name}:\n${listing(program)}`).join("\n");
}

if (process.send !== undefined) {
  const kernel = boundProcessor() !== undefined && whyNoBpf() === undefined;
  process.on("message", (task: Task) => {
    process.send!(work(task, kernel));
  });
}
