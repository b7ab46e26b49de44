/** Keeping to the agent's CPU budget: beyond it the kernel is told to send only some of the clean exchanges. */

import { Settings } from "../programs/layouts.ts";
import { nextStride, usageMeter } from "./budget.ts";
import { fieldOffset } from "./field-offset.ts";

const intervalMs = 200;
/** Long enough that the first moments of a program, when it is still being optimised, do not count as the rule. */
const windowNs = 5e9;
const strideAt = fieldOffset(Settings, "exchangeStride");

/** CPU time of this process in nanoseconds, from now on. */
export function ownCpuTime(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) * 1000;
  };
}

/** Sets the stride in `settings`, the programs' own memory, until the returned value is stopped. */
export function keepBudget(
  settings: Pick<DataView, "setUint32">,
  budgetShare: number,
  cpuNs: () => number,
): { stop(): void } {
  let stride = 1;
  const begunNs = process.hrtime.bigint();
  const meter = usageMeter(windowNs);
  settings.setUint32(strideAt, stride, true);
  const timer = setInterval(() => {
    const now = { timeNs: Number(process.hrtime.bigint() - begunNs), cpuNs: cpuNs() };
    const next = nextStride({ stride, usedShare: meter.share(now), budgetShare });
    if (next === stride) return;
    stride = next;
    meter.restart(now);
    settings.setUint32(strideAt, stride, true);
  }, intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
