/**
 * `npm run fuzz [-- COUNT [SEED]]`: random programs in the interpreter, as WebAssembly in both tiers, and in the kernel where that is
 * permitted. Ends with what our verifier and the kernel's said of them; so does it when it is told to end early. See docs/fuzzing.md.
 */

import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { whyNoBpf } from "../src/kernel/kernel-tests.testing.ts";
import { onlineProcessors } from "../src/kernel/processors.ts";
import type { Answer, Failure, Tally, Task } from "../test/sandbox/fuzz-worker.ts";
import { workThrough } from "./work-through.ts";

const mostProcesses = 2;
const seedsPerTask = 100;
const shownFailures = 10;

const [count = 5000, firstSeed = Date.now() % 1_000_000_000] = process.argv.slice(2).map(Number);
process.exitCode = await run();

async function run(): Promise<number> {
  const began = Date.now();
  const tasks: Task[] = [];
  for (let done = 0; done < count; done += seedsPerTask) {
    tasks.push({ firstSeed: firstSeed + done, count: Math.min(seedsPerTask, count - done) });
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => tasks.splice(0));
  const failures: Failure[] = [];
  const tallies = new Map<string, Tally>();
  let [tried, faults] = [0, 0];
  const take = (answer: Answer) => {
    tried += answer.tried;
    faults += answer.faults;
    for (const tally of answer.tallies) {
      const key = `${tally.generator} ${tally.ours} ${tally.kernels}`;
      const known = tallies.get(key);
      if (known === undefined) tallies.set(key, tally);
      else known.count += tally.count;
    }
    for (const failure of answer.failures) {
      if (failures.push(failure) <= shownFailures) {
        console.log(`✖ seed ${failure.seed} (${failure.generator}): ${failure.what}\n${failure.program}`);
      }
    }
    if (process.stdout.isTTY) process.stdout.write(`\r${tried} of ${count}`);
  };
  // Each stays on one processor, so that the kernel's values of one processor can be compared.
  const bound = spawnSync("taskset", ["--version"]).status === 0;
  const processors = onlineProcessors().slice(0, Math.min(mostProcesses, availableParallelism()));
  await Promise.all(processors.map((processor) => tryAll(tasks, bound ? processor : undefined, take)));
  if (process.stdout.isTTY) process.stdout.write("\n");
  console.log(tableOf([...tallies.values()]));
  const why = whyNoBpf() ?? (bound ? undefined : "taskset is not here (Debian: util-linux)");
  if (why !== undefined) console.log(`the kernel was not asked: ${why}`);
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`${tried} programs, ${faults} faults, ${seconds} s; the first seed is ${firstSeed}`);
  console.log(`${tried - failures.length} passed, ${failures.length} failed, 0 skipped`);
  return failures.length > 0 || tried === 0 ? 1 : 0;
}

/** One process takes one task after the other. One that dies takes its task with it: that is a failure. */
function tryAll(tasks: Task[], processor: number | undefined, take: (answer: Answer) => void): Promise<void> {
  return workThrough<Task, Answer>(tasks, {
    module: new URL("../test/sandbox/fuzz-worker.js", import.meta.url),
    ...(processor !== undefined && {
      options: { execPath: "taskset", execArgv: ["-c", String(processor), process.execPath, ...process.execArgv] },
    }),
    take,
    died({ firstSeed: seed }, how) {
      const what = `the process that tried seeds from ${seed} on ended (${how})`;
      return { tried: 0, faults: 0, tallies: [], failures: [{ seed, generator: "wild", what, program: "" }] };
    },
  });
}

/** Verdicts by generator, and the classes of difference, the most frequent first. */
function tableOf(tallies: readonly Tally[]): string {
  const lines = ["generator | ours | the kernel's | programs"];
  const sides = (tally: Tally) => [tally.ours, tally.kernels].map((word) => (isPlain(word) ? word : "refused"));
  const sums = new Map<string, number>();
  for (const tally of tallies) {
    const key = [tally.generator, ...sides(tally)].join(" | ");
    sums.set(key, (sums.get(key) ?? 0) + tally.count);
  }
  lines.push(...[...sums].sort().map(([key, sum]) => `${key} | ${sum}`));
  const differing = tallies.filter((tally) => {
    const [ours, kernels] = sides(tally);
    return kernels !== "not asked" && ours !== kernels;
  });
  for (const { generator, ours, kernels, count, seed } of differing.sort((one, other) => other.count - one.count)) {
    const [who, why] = ours === "accepted" ? ["the kernel", kernels] : ["ours", ours];
    lines.push(`refused by ${who} alone: ${why} (${generator}, ${count}; seed ${seed})`);
  }
  return lines.join("\n");
}

function isPlain(word: string): boolean {
  return word === "accepted" || word === "not asked";
}
