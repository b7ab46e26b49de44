/** The agent's own CPU budget: how many clean exchanges may be left out so that it is kept. */

/** One decision: the stride for the next interval. A stride of n sends one exchange in n. */
export interface BudgetInput {
  readonly stride: number;
  /** CPU time used ÷ time passed, in the interval. */
  readonly usedShare: number;
  /** What may be used. */
  readonly budgetShare: number;
}

const strideLimit = 100_000;
/**
 * Who goes beyond the budget is sampled down to half of it: a machine that is that busy needs the CPU itself. More is
 * sent again only when there is much room, so that the stride does not swing.
 */
const aim = 0.5;
const relax = 0.3;

/** The next stride. Cost is taken to be proportional to what is sent, which overshoots on the safe side. */
export function nextStride({ stride, usedShare, budgetShare }: BudgetInput): number {
  const load = usedShare / budgetShare;
  if (load > 1) return Math.min(strideLimit, Math.ceil((stride * load) / aim));
  if (load < relax && stride > 1) return Math.max(1, Math.floor(stride * Math.max(load / aim, 0.5)));
  return stride;
}

/** Time that has passed and CPU time that has been used, both since some beginning. */
export interface Usage {
  readonly timeNs: number;
  readonly cpuNs: number;
}

/**
 * Measures over `windowNs`, so that a burst, or the first moments of a program, do not count as the rule. After a
 * change of what is done, `restart`: what was used before it says nothing any more.
 */
export function usageMeter(windowNs: number): { share(now: Usage): number; restart(now: Usage): void } {
  let samples: Usage[] = [{ timeNs: 0, cpuNs: 0 }];
  return {
    share(now) {
      // The last sample that lies a whole window back is where the window begins; older ones are of no use.
      const begin = samples.findLastIndex((sample) => sample.timeNs <= now.timeNs - windowNs);
      samples = [...samples.slice(Math.max(begin, 0)), now];
      const first = samples[0]!;
      return (now.cpuNs - first.cpuNs) / Math.max(now.timeNs - first.timeNs, windowNs);
    },
    restart(now) {
      samples = [now];
    },
  };
}
