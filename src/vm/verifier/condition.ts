/** What a comparison says of the numbers it compares: whether it can go both ways, and what holds on each. */

import type { Condition, Width } from "../../isa/index.ts";
import {
  type Bounds,
  constant32Of,
  constantOf,
  larger,
  type Range,
  s32Maximum,
  s32Minimum,
  s64Maximum,
  s64Minimum,
  smaller,
  synchronized,
  u32Maximum,
} from "./range.ts";
import { intersectTnum, joinTnum, lowTnum, u64Maximum } from "./tnum.ts";

/** Bounds of one reading of a number. */
interface Ends {
  readonly least: bigint;
  readonly most: bigint;
}

const signedEnds = (r: Range, bits: Width): Ends =>
  bits === 64
    ? { least: r.signedLeast, most: r.signedMost }
    : { least: BigInt(r.signedLeast32), most: BigInt(r.signedMost32) };
const unsignedEnds = (r: Range, bits: Width): Ends =>
  bits === 64
    ? { least: r.unsignedLeast, most: r.unsignedMost }
    : { least: BigInt(r.unsignedLeast32), most: BigInt(r.unsignedMost32) };

const isSigned = ({ name }: Condition): boolean => name.startsWith("js") && name !== "jset";

/** Whether `a (condition) b` always holds, never holds, or `undefined`: both may be. */
export function decide(condition: Condition, bits: Width, a: Range, b: Range): boolean | undefined {
  const ends = isSigned(condition) ? signedEnds : unsignedEnds;
  const [left, right] = [ends(a, bits), ends(b, bits)];
  switch (condition.name) {
    case "jeq":
      return equal(bits, a, b);
    case "jne": {
      const same = equal(bits, a, b);
      return same === undefined ? undefined : !same;
    }
    case "jset":
      return haveCommonBit(bits, a, b);
    case "jgt":
    case "jsgt":
      return left.least > right.most ? true : left.most <= right.least ? false : undefined;
    case "jge":
    case "jsge":
      return left.least >= right.most ? true : left.most < right.least ? false : undefined;
    case "jlt":
    case "jslt":
      return left.most < right.least ? true : left.least >= right.most ? false : undefined;
    default:
      return left.most <= right.least ? true : left.least > right.most ? false : undefined;
  }
}

function equal(bits: Width, a: Range, b: Range): boolean | undefined {
  const constant = bits === 64 ? constantOf : constant32Of;
  const [left, right] = [constant(a), constant(b)];
  if (left !== undefined && right !== undefined) return left === right;
  for (const ends of [unsignedEnds, signedEnds]) {
    const [one, other] = [ends(a, bits), ends(b, bits)];
    if (one.least > other.most || one.most < other.least) return false;
  }
  const [one, other] = bits === 64 ? [a.bits, b.bits] : [lowTnum(a.bits), lowTnum(b.bits)];
  return intersectTnum(one, other) === undefined ? false : undefined;
}

function haveCommonBit(bits: Width, a: Range, b: Range): boolean | undefined {
  const [one, other] = bits === 64 ? [a.bits, b.bits] : [lowTnum(a.bits), lowTnum(b.bits)];
  if ((one.value & other.value) !== 0n) return true;
  return ((one.value | one.mask) & (other.value | other.mask)) === 0n ? false : undefined;
}

/** What is known of both numbers where `a (condition) b` is `holds`; `undefined` if that cannot be. */
export function refine(
  condition: Condition,
  bits: Width,
  a: Range,
  b: Range,
  holds: boolean,
): readonly [Range, Range] | undefined {
  const name = holds ? condition.name : opposites[condition.name]!;
  switch (name) {
    case "jeq":
      return refineEqual(bits, a, b);
    case "jne":
      return pair(without(bits, a, b), without(bits, b, a));
    case "jset":
      return pair(withCommonBit(bits, a, b, true), withCommonBit(bits, b, a, true));
    case "never jset":
      return pair(withCommonBit(bits, a, b, false), withCommonBit(bits, b, a, false));
    case "jgt":
      return swapped(refineBelow(bits, b, a, false, true));
    case "jge":
      return swapped(refineBelow(bits, b, a, false, false));
    case "jlt":
      return refineBelow(bits, a, b, false, true);
    case "jle":
      return refineBelow(bits, a, b, false, false);
    case "jsgt":
      return swapped(refineBelow(bits, b, a, true, true));
    case "jsge":
      return swapped(refineBelow(bits, b, a, true, false));
    case "jslt":
      return refineBelow(bits, a, b, true, true);
    default:
      return refineBelow(bits, a, b, true, false);
  }
}

const opposites: Readonly<Record<string, string>> = {
  jeq: "jne",
  jne: "jeq",
  jset: "never jset",
  jgt: "jle",
  jle: "jgt",
  jge: "jlt",
  jlt: "jge",
  jsgt: "jsle",
  jsle: "jsgt",
  jsge: "jslt",
  jslt: "jsge",
};

function pair(a: Range | undefined, b: Range | undefined): readonly [Range, Range] | undefined {
  return a === undefined || b === undefined ? undefined : [a, b];
}

function swapped(ranges: readonly [Range, Range] | undefined): readonly [Range, Range] | undefined {
  return ranges && [ranges[1], ranges[0]];
}

/** `a` with bounds of one reading made tighter. */
function narrowed(a: Range, bits: Width, signed: boolean, least: bigint, most: bigint): Range | undefined {
  if (least > most) return undefined;
  const bounds: Bounds = { ...a };
  if (bits === 64 && signed) {
    if (least > a.signedLeast) bounds.signedLeast = least;
    if (most < a.signedMost) bounds.signedMost = most;
  } else if (bits === 64) {
    if (least > a.unsignedLeast) bounds.unsignedLeast = least;
    if (most < a.unsignedMost) bounds.unsignedMost = most;
  } else if (signed) {
    if (least > a.signedLeast32) bounds.signedLeast32 = Number(least);
    if (most < a.signedMost32) bounds.signedMost32 = Number(most);
  } else {
    if (least > a.unsignedLeast32) bounds.unsignedLeast32 = Number(least);
    if (most < a.unsignedMost32) bounds.unsignedMost32 = Number(most);
  }
  return synchronized(bounds);
}

/** `a < b`, or `a <= b` where it is not strict. */
function refineBelow(
  bits: Width,
  a: Range,
  b: Range,
  signed: boolean,
  strict: boolean,
): readonly [Range, Range] | undefined {
  const ends = signed ? signedEnds : unsignedEnds;
  const step = strict ? 1n : 0n;
  const lowest = signed ? (bits === 64 ? s64Minimum : BigInt(s32Minimum)) : 0n;
  const highest = signed
    ? bits === 64
      ? s64Maximum
      : BigInt(s32Maximum)
    : bits === 64
      ? u64Maximum
      : BigInt(u32Maximum);
  return pair(
    narrowed(a, bits, signed, lowest, ends(b, bits).most - step),
    narrowed(b, bits, signed, ends(a, bits).least + step, highest),
  );
}

function refineEqual(bits: Width, a: Range, b: Range): readonly [Range, Range] | undefined {
  if (bits === 64) {
    const common = intersectTnum(a.bits, b.bits);
    if (common === undefined) return undefined;
    const both = synchronized({
      unsignedLeast: larger(a.unsignedLeast, b.unsignedLeast),
      unsignedMost: smaller(a.unsignedMost, b.unsignedMost),
      signedLeast: larger(a.signedLeast, b.signedLeast),
      signedMost: smaller(a.signedMost, b.signedMost),
      ...low32Of(a, b),
      bits: common,
    });
    return both && [both, both];
  }
  const low = intersectTnum(lowTnum(a.bits), lowTnum(b.bits));
  if (low === undefined) return undefined;
  const with32 = (one: Range) => synchronized({ ...one, ...low32Of(a, b), bits: joinTnum(one.bits, low) });
  return pair(with32(a), with32(b));
}

function low32Of(a: Range, b: Range) {
  return {
    unsignedLeast32: Math.max(a.unsignedLeast32, b.unsignedLeast32),
    unsignedMost32: Math.min(a.unsignedMost32, b.unsignedMost32),
    signedLeast32: Math.max(a.signedLeast32, b.signedLeast32),
    signedMost32: Math.min(a.signedMost32, b.signedMost32),
  };
}

/** `a` is not the constant that `b` is: a bound that is this constant moves by one. */
function without(bits: Width, a: Range, b: Range): Range | undefined {
  const number = bits === 64 ? constantOf(b) : constant32Of(b);
  if (number === undefined) return a;
  let result: Range | undefined = a;
  for (const signed of [false, true]) {
    if (result === undefined) return undefined;
    const { least, most } = (signed ? signedEnds : unsignedEnds)(result, bits);
    const other = signed ? BigInt.asIntN(bits, number) : number;
    if (least === other || most === other) {
      result = narrowed(result, bits, signed, least === other ? least + 1n : least, most === other ? most - 1n : most);
    }
  }
  return result;
}

/** `a & b` is not zero, or is zero, for a `b` that is constant. */
function withCommonBit(bits: Width, a: Range, b: Range, some: boolean): Range | undefined {
  const number = bits === 64 ? constantOf(b) : constant32Of(b);
  if (number === undefined) return a;
  const { value, mask } = a.bits;
  if (some) {
    // Of more bits than one nobody knows which.
    if (number === 0n) return undefined;
    if ((number & (number - 1n)) !== 0n) return a;
    return synchronized({ ...a, bits: { value: value | number, mask: mask & ~number } });
  }
  if ((value & number) !== 0n) return undefined;
  return synchronized({ ...a, bits: { value, mask: mask & ~number } });
}
