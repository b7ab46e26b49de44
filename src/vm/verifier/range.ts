/**
 * What is known of a number in a register: its bounds as an unsigned and as a signed number, of all 64 and of the low 32
 * bits, and its known bits. The parts are kept in step, as `reg_bounds_sync` of `kernel/bpf/verifier.c` does.
 */

import {
  constantTnum,
  intersectTnum,
  joinTnum,
  lowTnum,
  rangeTnum,
  type Tnum,
  u64Maximum,
  unknownTnum,
} from "./tnum.ts";

/** Bounds of a number. Those of 32 bits are plain numbers. */
export interface Bounds {
  unsignedLeast: bigint;
  unsignedMost: bigint;
  signedLeast: bigint;
  signedMost: bigint;
  unsignedLeast32: number;
  unsignedMost32: number;
  signedLeast32: number;
  signedMost32: number;
  bits: Tnum;
}

export type Range = Readonly<Bounds>;

export const s64Minimum = -(2n ** 63n);
export const s64Maximum = 2n ** 63n - 1n;
export const u32Maximum = 2 ** 32 - 1;
export const s32Minimum = -(2 ** 31);
export const s32Maximum = 2 ** 31 - 1;
const low32 = 0xffff_ffffn;
const high32 = u64Maximum ^ low32;
const sign64 = 1n << 63n;
const signed32Least = BigInt(s32Minimum);
const signed32Most = BigInt(s32Maximum);

export const larger = <N extends number | bigint>(a: N, b: N): N => (a > b ? a : b);
export const smaller = <N extends number | bigint>(a: N, b: N): N => (a < b ? a : b);

export const unknownRange: Range = {
  unsignedLeast: 0n,
  unsignedMost: u64Maximum,
  signedLeast: s64Minimum,
  signedMost: s64Maximum,
  unsignedLeast32: 0,
  unsignedMost32: u32Maximum,
  signedLeast32: s32Minimum,
  signedMost32: s32Maximum,
  bits: unknownTnum,
};

/** Exactly that number, given signed or unsigned. */
export function constantRange(number: bigint): Range {
  const unsigned = BigInt.asUintN(64, number);
  const signed = BigInt.asIntN(64, number);
  const low = Number(unsigned & low32);
  return {
    unsignedLeast: unsigned,
    unsignedMost: unsigned,
    signedLeast: signed,
    signedMost: signed,
    unsignedLeast32: low,
    unsignedMost32: low,
    signedLeast32: low | 0,
    signedMost32: low | 0,
    bits: constantTnum(unsigned),
  };
}

/** Every number from `least` to `most`, both unsigned. */
export const unsignedRange = (least: bigint, most: bigint): Range =>
  synchronized({ ...unknownRange, unsignedLeast: least, unsignedMost: most }) ?? unknownRange;

/** Every number from `least` to `most`, both signed. */
export const signedRange = (least: bigint, most: bigint): Range =>
  synchronized({ ...unknownRange, signedLeast: least, signedMost: most }) ?? unknownRange;

/** What a load of so many bytes gives, of which nothing is known. */
const loaded: Readonly<Record<number, Range>> = {
  1: unsignedRange(0n, 0xffn),
  2: unsignedRange(0n, 0xffffn),
  4: unsignedRange(0n, low32),
  8: unknownRange,
};
export const loadedRange = (sizeBytes: number): Range => loaded[sizeBytes] ?? unknownRange;

/** The one number that it can be. */
export const constantOf = ({ unsignedLeast, unsignedMost }: Range): bigint | undefined =>
  unsignedLeast === unsignedMost ? unsignedLeast : undefined;

/** The one number that its low 32 bits can be, unsigned. */
export const constant32Of = ({ unsignedLeast32, unsignedMost32 }: Range): bigint | undefined =>
  unsignedLeast32 === unsignedMost32 ? BigInt(unsignedLeast32) : undefined;

/** The low 32 bits, the upper ones zero. */
export function zeroExtended(range: Range): Range {
  if (range.unsignedMost <= low32) return range;
  return (
    synchronized({
      ...range,
      unsignedLeast: BigInt(range.unsignedLeast32),
      unsignedMost: BigInt(range.unsignedMost32),
      signedLeast: BigInt(range.unsignedLeast32),
      signedMost: BigInt(range.unsignedMost32),
      bits: lowTnum(range.bits),
    }) ?? loadedRange(4)
  );
}

/** Whether two ranges say the same. */
export function equalRanges(a: Range, b: Range): boolean {
  return (
    a === b ||
    (a.unsignedLeast === b.unsignedLeast &&
      a.unsignedMost === b.unsignedMost &&
      a.signedLeast === b.signedLeast &&
      a.signedMost === b.signedMost &&
      a.unsignedLeast32 === b.unsignedLeast32 &&
      a.unsignedMost32 === b.unsignedMost32 &&
      a.signedLeast32 === b.signedLeast32 &&
      a.signedMost32 === b.signedMost32 &&
      a.bits.value === b.bits.value &&
      a.bits.mask === b.bits.mask)
  );
}

/** Whether every number of `inner` is one of `outer`. */
export function rangeHolds(outer: Range, inner: Range): boolean {
  return (
    outer === inner ||
    (outer.unsignedLeast <= inner.unsignedLeast &&
      outer.unsignedMost >= inner.unsignedMost &&
      outer.signedLeast <= inner.signedLeast &&
      outer.signedMost >= inner.signedMost &&
      outer.unsignedLeast32 <= inner.unsignedLeast32 &&
      outer.unsignedMost32 >= inner.unsignedMost32 &&
      outer.signedLeast32 <= inner.signedLeast32 &&
      outer.signedMost32 >= inner.signedMost32 &&
      (inner.bits.mask & ~outer.bits.mask) === 0n &&
      outer.bits.value === (inner.bits.value & ~outer.bits.mask))
  );
}

/** Lets each part learn from the others. `undefined` when no number fits all of them. Changes `bounds`. */
export function synchronized(bounds: Bounds): Range | undefined {
  learnFromBits(bounds);
  for (let round = 0; round < 2; round++) {
    learnLowFromWhole(bounds);
    learnSigns(bounds);
    learnWholeFromLow(bounds);
    learnSigns(bounds);
  }
  if (isEmpty(bounds)) return undefined;
  const whole = intersectTnum(bounds.bits, rangeTnum(bounds.unsignedLeast, bounds.unsignedMost));
  if (whole === undefined) return undefined;
  const low = intersectTnum(lowTnum(whole), rangeTnum(BigInt(bounds.unsignedLeast32), BigInt(bounds.unsignedMost32)));
  if (low === undefined) return undefined;
  bounds.bits = joinTnum(whole, low);
  learnFromBits(bounds);
  return isEmpty(bounds) ? undefined : bounds;
}

function isEmpty(b: Bounds): boolean {
  return (
    b.unsignedLeast > b.unsignedMost ||
    b.signedLeast > b.signedMost ||
    b.unsignedLeast32 > b.unsignedMost32 ||
    b.signedLeast32 > b.signedMost32
  );
}

function learnFromBits(b: Bounds): void {
  const { value, mask } = b.bits;
  if (mask === u64Maximum) return;
  b.unsignedLeast = larger(b.unsignedLeast, value);
  b.unsignedMost = smaller(b.unsignedMost, value | mask);
  b.signedLeast = larger(b.signedLeast, BigInt.asIntN(64, value | (mask & sign64)));
  b.signedMost = smaller(b.signedMost, BigInt.asIntN(64, value | (mask & ~sign64)));
  const low = Number(value & low32);
  const lowMask = Number(mask & low32);
  b.unsignedLeast32 = larger(b.unsignedLeast32, low);
  b.unsignedMost32 = smaller(b.unsignedMost32, (low | lowMask) >>> 0);
  b.signedLeast32 = larger(b.signedLeast32, low | (lowMask & s32Minimum));
  b.signedMost32 = smaller(b.signedMost32, low | (lowMask & s32Maximum));
}

/** Where numbers of one reading do not cross the border of the other, both readings order them alike. */
function learnSigns(b: Bounds): void {
  const [least, most] = [BigInt.asIntN(64, b.unsignedLeast), BigInt.asIntN(64, b.unsignedMost)];
  if (least <= most) {
    b.signedLeast = larger(b.signedLeast, least);
    b.signedMost = smaller(b.signedMost, most);
  }
  if (b.signedLeast < 0n === b.signedMost < 0n) {
    b.unsignedLeast = larger(b.unsignedLeast, BigInt.asUintN(64, b.signedLeast));
    b.unsignedMost = smaller(b.unsignedMost, BigInt.asUintN(64, b.signedMost));
  }
  if ((b.unsignedLeast32 | 0) <= (b.unsignedMost32 | 0)) {
    b.signedLeast32 = larger(b.signedLeast32, b.unsignedLeast32 | 0);
    b.signedMost32 = smaller(b.signedMost32, b.unsignedMost32 | 0);
  }
  if (b.signedLeast32 < 0 === b.signedMost32 < 0) {
    b.unsignedLeast32 = larger(b.unsignedLeast32, b.signedLeast32 >>> 0);
    b.unsignedMost32 = smaller(b.unsignedMost32, b.signedMost32 >>> 0);
  }
}

/** The low bits are in order where the upper ones do not change. */
function learnLowFromWhole(b: Bounds): void {
  if (b.unsignedLeast >> 32n === b.unsignedMost >> 32n) {
    b.unsignedLeast32 = larger(b.unsignedLeast32, Number(b.unsignedLeast & low32));
    b.unsignedMost32 = smaller(b.unsignedMost32, Number(b.unsignedMost & low32));
  }
  if (b.signedLeast >= signed32Least && b.signedMost <= signed32Most) {
    b.signedLeast32 = larger(b.signedLeast32, Number(b.signedLeast));
    b.signedMost32 = smaller(b.signedMost32, Number(b.signedMost));
  }
}

/** No number has less in its low bits than they can be, whatever stands above. */
function learnWholeFromLow(b: Bounds): void {
  if (b.unsignedLeast32 === 0 && b.unsignedMost32 === u32Maximum) return;
  const [least, most] = [BigInt(b.unsignedLeast32), BigInt(b.unsignedMost32)];
  b.unsignedLeast = larger(b.unsignedLeast, (b.unsignedLeast & high32) | least);
  b.unsignedMost = smaller(b.unsignedMost, (b.unsignedMost & high32) | most);
  b.signedLeast = larger(b.signedLeast, BigInt.asIntN(64, (BigInt.asUintN(64, b.signedLeast) & high32) | least));
  b.signedMost = smaller(b.signedMost, BigInt.asIntN(64, (BigInt.asUintN(64, b.signedMost) & high32) | most));
}
