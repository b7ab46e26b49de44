/**
 * `npm run test:language [-- PROGRAMS [SEED]]`: random programs, compiled and run in the kernel, against an evaluator of the
 * language that shares nothing with the compiler. Ends with how often each construct was run.
 */

import { availableParallelism } from "node:os";
import { whyNoBpf } from "../src/kernel/kernel-tests.testing.ts";
import { Coverage } from "../test/language/coverage.ts";
import type { Answer, Task } from "../test/language/worker.ts";
import { workThrough } from "./work-through.ts";

const programsPerModule = 10;
const modulesPerTask = 5;

const [programs = 5000, firstSeed = Date.now() % 1_000_000_000] = process.argv.slice(2).map(Number);
const reason = whyNoBpf();
if (reason === undefined) process.exitCode = await run();
else {
  console.log(`- random programs: skipped: ${reason}`);
  console.log("0 passed, 0 failed, 1 skipped");
}

async function run(): Promise<number> {
  const began = Date.now();
  const modules = Math.ceil(programs / programsPerModule);
  const seeds = Array.from({ length: modules }, (_, index) => firstSeed + index);
  const tasks: Task[] = [];
  while (seeds.length > 0) tasks.push({ seeds: seeds.splice(0, modulesPerTask), programsPerModule });

  const coverage = new Coverage();
  let [passed, failed] = [0, 0];
  await Promise.all(
    Array.from({ length: availableParallelism() }, () =>
      runAll(tasks, (answer) => {
        passed += answer.passed;
        failed += answer.failures.length;
        coverage.merge(answer.counts);
        for (const { seed, program, kind, why, text } of answer.failures) {
          console.log(`✖ ${program} of seed ${seed} ${kind}: ${why}\n${text}`);
        }
      }),
    ),
  );

  console.log(`${coverage.table()}\n`);
  const missing = programs >= 1000 ? coverage.missing() : [];
  for (const construct of missing) console.log(`✖ no program has: ${construct}`);
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`${passed + failed} programs, ${seconds} s; the first seed is ${firstSeed}`);
  console.log(`${passed} passed, ${failed + missing.length} failed, 0 skipped`);
  return failed + missing.length > 0 || passed === 0 ? 1 : 0;
}

/** One process takes one task after the other. One that dies takes its task's programs with it: that is a failure. */
function runAll(tasks: Task[], take: (answer: Answer) => void): Promise<void> {
  return workThrough<Task, Answer>(tasks, {
    module: new URL("../test/language/worker.js", import.meta.url),
    take,
    died({ seeds: [seed] }, how) {
      const why = `the process that ran it ended (${how})`;
      return {
        passed: 0,
        counts: {},
        failures: [{ seed: seed!, program: "a program", kind: "died", why, text: "" }],
      };
    },
  });
}
