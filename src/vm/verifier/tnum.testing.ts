/** For tests: what a number whose bits are partly known stands for. */

import type { Tnum } from "./tnum.ts";

/** Whether every number of `inner` is one of `outer`. */
export const tnumHolds = (outer: Tnum, inner: Tnum): boolean =>
  (inner.mask & ~outer.mask) === 0n && outer.value === (inner.value & ~outer.mask);

export const tnumHoldsNumber = ({ value, mask }: Tnum, number: bigint): boolean => (number & ~mask) === value;
