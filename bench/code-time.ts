/** Nanoseconds of a run, of several programs in turn. */

import { type KernelProgram, testRun } from "../src/kernel/index.ts";

const rounds = 31;
const roundNs = 10e6;

/**
 * For each program its times of a run. The kernel's own figure is in whole nanoseconds, too coarse for programs of ten, and the
 * clock on the wall counts what waits before and after an XDP run: so it is this process's time on its processor, around
 * many runs.
 */
export function interleaved(programs: readonly KernelProgram[], data: Uint8Array): number[][] {
  const timed = (program: KernelProgram, repeat: number) => {
    const begun = process.cpuUsage();
    testRun(program, { data, repeat });
    const { user, system } = process.cpuUsage(begun);
    return ((user + system) * 1000) / repeat;
  };
  const repeats = programs.map((program) => {
    const { durationNs } = testRun(program, { data, repeat: 50_000 });
    return Math.ceil(roundNs / Math.max(durationNs, 1));
  });
  const times = programs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < programs.length; turn++) {
      // Who begins changes, so that nobody always comes after the same one.
      const next = (round + turn) % programs.length;
      times[next]!.push(timed(programs[next]!, repeats[next]!));
    }
  }
  return times;
}
