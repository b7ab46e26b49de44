/** For tests: numbers, and ranges that hold them. */

import fc from "fast-check";
import { type Bounds, constantRange, type Range, synchronized, unknownRange } from "./range.ts";
import { tnumHoldsNumber } from "./tnum.testing.ts";

/** A number and a range that holds it. */
export interface Held {
  readonly number: bigint;
  readonly range: Range;
}

/** Whether the unsigned `number` fits all that a range says. */
export function holds({ bits, ...range }: Range, number: bigint): boolean {
  const signed = BigInt.asIntN(64, number);
  const low = Number(number & 0xffff_ffffn);
  return (
    range.unsignedLeast <= number &&
    number <= range.unsignedMost &&
    range.signedLeast <= signed &&
    signed <= range.signedMost &&
    range.unsignedLeast32 <= low &&
    low <= range.unsignedMost32 &&
    range.signedLeast32 <= (low | 0) &&
    (low | 0) <= range.signedMost32 &&
    tnumHoldsNumber(bits, number)
  );
}

const edges = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  127n,
  128n,
  255n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 32n,
].flatMap((edge) => [edge, BigInt.asUintN(64, -edge), (1n << 63n) - 1n - edge]);

/** Numbers near the borders of the readings, small ones, and any. */
export const anyNumber: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...edges.map((edge) => BigInt.asUintN(64, edge))),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

/** How far a bound is away: mostly a little. */
const distance = fc.oneof(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: 2n ** 34n }), anyNumber);

const clampTo = (least: bigint, number: bigint, most: bigint): bigint =>
  number < least ? least : number > most ? most : number;
const small = (n: bigint): number => Number(clampTo(0n, n, 2n ** 33n));

/** A number with a range that holds it, made of bounds of every reading. */
export const held: fc.Arbitrary<Held> = fc
  .record({
    number: anyNumber,
    around: fc.array(distance, { minLength: 8, maxLength: 8 }),
    mask: fc.oneof(fc.constant(2n ** 64n - 1n), anyNumber),
    parts: fc.integer({ min: 0, max: 31 }),
  })
  .map(({ number, around, mask, parts }) => ({ number, range: rangeAround(number, around, mask, parts) }));

function rangeAround(number: bigint, around: readonly bigint[], mask: bigint, parts: number): Range {
  if (parts === 0) return constantRange(number);
  const signed = BigInt.asIntN(64, number);
  const low = Number(number & 0xffff_ffffn);
  const bounds: Bounds = { ...unknownRange };
  if (parts & 1) {
    bounds.unsignedLeast = clampTo(0n, number - around[0]!, number);
    bounds.unsignedMost = clampTo(number, number + around[1]!, 2n ** 64n - 1n);
  }
  if (parts & 2) {
    bounds.signedLeast = clampTo(-(2n ** 63n), signed - around[2]!, signed);
    bounds.signedMost = clampTo(signed, signed + around[3]!, 2n ** 63n - 1n);
  }
  if (parts & 4) {
    bounds.unsignedLeast32 = Math.max(0, low - small(around[4]!));
    bounds.unsignedMost32 = Math.min(2 ** 32 - 1, low + small(around[5]!));
  }
  if (parts & 8) {
    bounds.signedLeast32 = Math.max(-(2 ** 31), (low | 0) - small(around[6]!));
    bounds.signedMost32 = Math.min(2 ** 31 - 1, (low | 0) + small(around[7]!));
  }
  if (parts & 16) bounds.bits = { value: number & ~mask, mask };
  const range = synchronized(bounds);
  if (range === undefined) throw new Error(`a range that holds ${number} was found to be empty`);
  return range;
}
