/** How many processors the kernel lays out per-CPU memory for. */

import { readFileSync } from "node:fs";

let count: number | undefined;

/** Processors that may ever come online, from a list such as `0-3,8`. */
export function possibleProcessorCount(): number {
  count ??= 1 + Math.max(...readFileSync("/sys/devices/system/cpu/possible", "utf8").trim().split(/[-,]/).map(Number));
  return count;
}

/** Numbers of the processors that are online now. */
export function onlineProcessors(): number[] {
  return parseProcessorList(readFileSync("/sys/devices/system/cpu/online", "utf8"));
}

/** The numbers of a list such as `0-3,8`. */
function parseProcessorList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
