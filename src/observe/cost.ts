/** What the probes cost, estimated: the kernel times its programs in short windows, and those stand for the rest. */

import { enableStatistics, type KernelProgram, programStatistics } from "../kernel/index.ts";

const windowMs = 20;
const intervalMs = 1000;

/** Running estimate of the time spent in kernel programs. */
export interface CostEstimate {
  /** Nanoseconds so far. */
  estimateNs(): number;
  stop(): void;
}

/**
 * Timing costs each run some 20 to 50 ns on every processor, so it is on only for `windowMs` in each `intervalMs`.
 * Where it is not permitted the estimate stays 0.
 */
export function estimateCost(programs: readonly KernelProgram[]): CostEstimate {
  const begun = process.hrtime.bigint();
  let timedNs = 0;
  let windowsNs = 0;
  let window: { close(): void } | undefined;
  let openedAt = 0n;
  let runtimeBefore = 0n;
  let closing: NodeJS.Timeout | undefined;

  const open = () => {
    try {
      window = enableStatistics();
    } catch {
      clearInterval(timer);
      return;
    }
    runtimeBefore = runtime(programs);
    openedAt = process.hrtime.bigint();
    closing = setTimeout(close, windowMs);
    closing.unref();
  };
  const close = () => {
    if (window === undefined) return;
    window.close();
    window = undefined;
    windowsNs += Number(process.hrtime.bigint() - openedAt);
    timedNs += Number(runtime(programs) - runtimeBefore);
  };
  const timer = setInterval(open, intervalMs);
  timer.unref();
  const first = setTimeout(open, 2 * windowMs);
  first.unref();

  return {
    estimateNs() {
      const passedNs = Number(process.hrtime.bigint() - begun);
      return windowsNs === 0 ? 0 : Math.round((timedNs / windowsNs) * passedNs);
    },
    stop() {
      clearInterval(timer);
      clearTimeout(first);
      clearTimeout(closing);
      close();
    },
  };
}

const runtime = (programs: readonly KernelProgram[]) =>
  programs.reduce((sum, program) => sum + programStatistics(program).runTimeNs, 0n);
