/** How many processors the kernel lays out per-CPU memory for. */

import { readFileSync } from "node:fs";

let count: number | undefined;

/** Processors that may ever come online, from a list such as `0-3,8`. */
export function possibleProcessorCount(): number {
  count ??= 1 + Math.max(...readFileSync("/sys/devices/system/cpu/possible", "utf8").trim().split(/[-,]/).map(Number));
  return count;
}
