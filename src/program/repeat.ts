/** Loops that are cheap to verify. */

import { onlyInKernel } from "./only-in-kernel.ts";

/**
 * Calls `step` with 0, 1, … up to `count` times, as long as it returns true: `repeat(512, scanWord, scratch)`. The kernel's
 * verifier looks at the step once, where it would walk through every turn of a `for` loop; each turn costs a call. The
 * step is a function of the module; it gets the index and what is handed to it, and keeps what it finds in maps.
 */
export function repeat<Context extends unknown[]>(
  _count: number,
  _step: (index: number, ...context: Context) => boolean,
  ..._context: Context
): void {
  onlyInKernel("repeat");
}

/**
 * The whole numbers from the first up to the second, both known only when the program runs: `for (const index of numbers(0,
 * count)) …`. The kernel counts, from Linux 6.4 on, and its verifier looks at the turns only until they are alike. More than
 * 8,388,608 turns are none.
 */
export function numbers(_from: number, _to: number): Iterable<number> {
  return onlyInKernel("numbers");
}

/**
 * The whole numbers from the first up to the second, or from 0: `for (const index of range(8)) …`. The kernel's verifier walks
 * through every turn; for more than some hundred of them see `repeat`.
 */
export function range(_from: number, _to?: number): Iterable<number> {
  return onlyInKernel("range");
}
