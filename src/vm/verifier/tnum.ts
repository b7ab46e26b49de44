/**
 * Tristate numbers ("tnums"): 64 bits of which each is known to be 0, known to be 1, or unknown (`kernel/bpf/tnum.c`).
 * All numbers are unsigned.
 */

/** A bit that is 1 in `mask` is unknown, and 0 in `value`; every other bit is that of `value`. */
export interface Tnum {
  readonly value: bigint;
  readonly mask: bigint;
}

export const u64Maximum = 0xffff_ffff_ffff_ffffn;
const low32 = 0xffff_ffffn;

const cut = (number: bigint): bigint => BigInt.asUintN(64, number);
const tnum = (value: bigint, mask: bigint): Tnum => ({ value, mask });

export const unknownTnum: Tnum = tnum(0n, u64Maximum);
const zero: Tnum = tnum(0n, 0n);

export const constantTnum = (value: bigint): Tnum => tnum(cut(value), 0n);

/** The tightest tnum that holds every number from `least` to `most`. */
export function rangeTnum(least: bigint, most: bigint): Tnum {
  const differing = least ^ most;
  if (differing === 0n) return tnum(least, 0n);
  const mask = (1n << BigInt(bitLength(differing))) - 1n;
  return tnum(least & ~mask, mask);
}

export function addTnum(a: Tnum, b: Tnum): Tnum {
  const masks = a.mask + b.mask;
  const values = a.value + b.value;
  const carries = (masks + values) ^ values;
  const mask = cut(carries | a.mask | b.mask);
  return tnum(cut(values) & ~mask, mask);
}

export function subtractTnum(a: Tnum, b: Tnum): Tnum {
  const difference = a.value - b.value;
  const borrows = (difference + a.mask) ^ (difference - b.mask);
  const mask = cut(borrows | a.mask | b.mask);
  return tnum(cut(difference) & ~mask, mask);
}

export function andTnum(a: Tnum, b: Tnum): Tnum {
  const possible = (a.value | a.mask) & (b.value | b.mask);
  const value = a.value & b.value;
  return tnum(value, possible & ~value);
}

export function orTnum(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return tnum(value, (a.mask | b.mask) & ~value);
}

export function xorTnum(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask | b.mask;
  return tnum((a.value ^ b.value) & ~mask, mask);
}

/** Long multiplication, where a bit that is unknown adds the other factor or nothing. */
export function multiplyTnum(a: Tnum, b: Tnum): Tnum {
  const known = cut(a.value * b.value);
  let unknown = zero;
  let [{ value, mask }, other] = [a, b];
  while (value !== 0n || mask !== 0n) {
    if ((value & 1n) === 1n) unknown = addTnum(unknown, tnum(0n, other.mask));
    else if ((mask & 1n) === 1n) unknown = addTnum(unknown, tnum(0n, other.value | other.mask));
    value >>= 1n;
    mask >>= 1n;
    other = shiftTnumLeft(other, 1n);
  }
  return addTnum(tnum(known, 0n), unknown);
}

export const shiftTnumLeft = ({ value, mask }: Tnum, count: bigint): Tnum =>
  tnum(cut(value << count), cut(mask << count));

export const shiftTnumRight = ({ value, mask }: Tnum, count: bigint): Tnum => tnum(value >> count, mask >> count);

/** Fills with the sign, known or unknown. */
export const shiftTnumRightSigned = ({ value, mask }: Tnum, count: bigint, bits: 32 | 64): Tnum =>
  tnum(
    BigInt.asUintN(bits, BigInt.asIntN(bits, value) >> count),
    BigInt.asUintN(bits, BigInt.asIntN(bits, mask) >> count),
  );

/** What both say, or `undefined` if they say opposite things of a bit. */
export function intersectTnum(a: Tnum, b: Tnum): Tnum | undefined {
  if (((a.value ^ b.value) & ~(a.mask | b.mask)) !== 0n) return undefined;
  const mask = a.mask & b.mask;
  return tnum((a.value | b.value) & ~mask, mask);
}

/** The low 32 bits, the upper ones zero. */
export const lowTnum = ({ value, mask }: Tnum): Tnum => tnum(value & low32, mask & low32);

/** `upper`'s upper 32 bits over `lower`'s low ones. */
export const joinTnum = (upper: Tnum, lower: Tnum): Tnum =>
  tnum((upper.value & ~low32) | (lower.value & low32), (upper.mask & ~low32) | (lower.mask & low32));

function bitLength(number: bigint): number {
  return number >> 32n === 0n ? 32 - Math.clz32(Number(number)) : 64 - Math.clz32(Number(number >> 32n));
}
