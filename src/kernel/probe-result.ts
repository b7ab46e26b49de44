/** What trying something out on the running kernel comes to; remembered. */

import { TarsierError } from "../errors/error.ts";

/** Whether the kernel has something, and why not. */
export interface ProbeResult {
  readonly available: boolean;
  /** Empty where it is available. */
  readonly reason: string;
}

/** What is there. */
export const yes: ProbeResult = { available: true, reason: "" };
const known = new Map<string, ProbeResult>();

/** What `probe` finds, which is asked for once a process. */
export function once(key: string, probe: () => ProbeResult): ProbeResult {
  const result = known.get(key) ?? probe();
  known.set(key, result);
  return result;
}

/** What is not there, as the refusal says. Anything but a refusal is thrown on. */
export function no(error: unknown): ProbeResult {
  if (!(error instanceof TarsierError)) throw error;
  return { available: false, reason: error.message };
}
