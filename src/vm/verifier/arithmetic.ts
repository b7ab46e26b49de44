/** What arithmetic does to ranges: one row an operation of `isa/alu.ts`, after the kernel's `scalar_min_max_*`. */

import type { AluOperation, UnaryOperation, Width } from "../../isa/index.ts";
import {
  type Bounds,
  constant32Of,
  constantOf,
  constantRange,
  loadedRange,
  type Range,
  s32Maximum,
  s32Minimum,
  s64Maximum,
  s64Minimum,
  signedRange,
  synchronized,
  u32Maximum,
  unknownRange,
  unsignedRange,
  zeroExtended,
} from "./range.ts";
import {
  addTnum,
  andTnum,
  lowTnum,
  multiplyTnum,
  orTnum,
  shiftTnumLeft,
  shiftTnumRight,
  shiftTnumRightSigned,
  subtractTnum,
  type Tnum,
  u64Maximum,
  xorTnum,
} from "./tnum.ts";

/** What an operation makes of two ranges. For 32 bits both come zero-extended, and the result is of their low bits. */
type Transfer = (a: Range, b: Range, bits: Width) => Range;

/** The values that `dst (op)= src` may have; of 32 bits, with the upper bits zero. */
export function arithmeticRange(operation: AluOperation, bits: Width, a: Range, b: Range): Range {
  const [left, right] = bits === 64 ? [constantOf(a), constantOf(b)] : [constant32Of(a), constant32Of(b)];
  if (left !== undefined && right !== undefined) {
    return constantRange(bits === 64 ? operation.apply(left, right) : operation.apply32(left, right));
  }
  const transfer = transfers[operation.name];
  if (transfer === undefined) return bits === 64 ? unknownRange : loadedRange(4);
  return bits === 64 ? transfer(a, b, 64) : zeroExtended(transfer(zeroExtended(a), zeroExtended(b), 32));
}

/** The values that a negation or byte swap may have. */
export function unaryRange(operation: UnaryOperation, a: Range): Range {
  const known = operation.name === "neg32" ? constant32Of(a) : constantOf(a);
  if (known !== undefined) return constantRange(operation.apply(known));
  if (operation.name === "neg") return add(false)(constantRange(0n), a, 64);
  if (operation.name === "neg32") return zeroExtended(add(false)(constantRange(0n), zeroExtended(a), 32));
  if (operation.name === "le64" && a.unsignedMost <= u64Maximum) return a;
  if (operation.name === "le32") return zeroExtended(a);
  const width = operation.imm / 8;
  return a.unsignedMost === 0n ? a : loadedRange(width);
}

/** The number extended by its sign from the low `from` bits, to 64. */
function signExtended(a: Range, from: 8 | 16 | 32): Range {
  const [least, most] = [-(2n ** BigInt(from - 1)), 2n ** BigInt(from - 1) - 1n];
  if (a.signedLeast >= least && a.signedMost <= most) return a;
  if (from === 32) return signedRange(BigInt(a.signedLeast32), BigInt(a.signedMost32));
  return signedRange(least, most);
}

const bounded = (bounds: Bounds): Range => synchronized(bounds) ?? unknownRange;

/** Addition, or subtraction: where both ends wrap alike, or none does, the order of the numbers stays. */
function add(isAddition: boolean): Transfer {
  return (a, b) => {
    const result: Bounds = {
      ...unknownRange,
      bits: isAddition ? addTnum(a.bits, b.bits) : subtractTnum(a.bits, b.bits),
    };
    const ends = (least: bigint, most: bigint, otherLeast: bigint, otherMost: bigint): readonly [bigint, bigint] =>
      isAddition ? [least + otherLeast, most + otherMost] : [least - otherMost, most - otherLeast];
    const ends32 = (least: number, most: number, otherLeast: number, otherMost: number): readonly [number, number] =>
      isAddition ? [least + otherLeast, most + otherMost] : [least - otherMost, most - otherLeast];

    const [unsignedLeast, unsignedMost] = ends(a.unsignedLeast, a.unsignedMost, b.unsignedLeast, b.unsignedMost);
    if (unsignedLeast >> 64n === unsignedMost >> 64n) {
      result.unsignedLeast = BigInt.asUintN(64, unsignedLeast);
      result.unsignedMost = BigInt.asUintN(64, unsignedMost);
    }
    const [signedLeast, signedMost] = ends(a.signedLeast, a.signedMost, b.signedLeast, b.signedMost);
    if (signedLeast >= s64Minimum && signedMost <= s64Maximum) {
      result.signedLeast = signedLeast;
      result.signedMost = signedMost;
    }
    const [unsignedLeast32, unsignedMost32] = ends32(
      a.unsignedLeast32,
      a.unsignedMost32,
      b.unsignedLeast32,
      b.unsignedMost32,
    );
    if (Math.floor(unsignedLeast32 / 2 ** 32) === Math.floor(unsignedMost32 / 2 ** 32)) {
      result.unsignedLeast32 = unsignedLeast32 >>> 0;
      result.unsignedMost32 = unsignedMost32 >>> 0;
    }
    const [signedLeast32, signedMost32] = ends32(a.signedLeast32, a.signedMost32, b.signedLeast32, b.signedMost32);
    if (signedLeast32 >= s32Minimum && signedMost32 <= s32Maximum) {
      result.signedLeast32 = signedLeast32;
      result.signedMost32 = signedMost32;
    }
    return bounded(result);
  };
}

const multiply: Transfer = (a, b) => {
  const result: Bounds = { ...unknownRange, bits: multiplyTnum(a.bits, b.bits) };
  if (a.unsignedMost * b.unsignedMost <= u64Maximum) {
    result.unsignedLeast = a.unsignedLeast * b.unsignedLeast;
    result.unsignedMost = a.unsignedMost * b.unsignedMost;
  }
  const products = [
    a.signedLeast * b.signedLeast,
    a.signedLeast * b.signedMost,
    a.signedMost * b.signedLeast,
    a.signedMost * b.signedMost,
  ].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  if (products[0]! >= s64Minimum && products[3]! <= s64Maximum) {
    result.signedLeast = products[0]!;
    result.signedMost = products[3]!;
  }
  return bounded(result);
};

/** Division by zero gives 0. */
const divide: Transfer = (a, b) => {
  const least = b.unsignedLeast === 0n || b.unsignedMost === 0n ? 0n : a.unsignedLeast / b.unsignedMost;
  const divisor = b.unsignedLeast === 0n ? 1n : b.unsignedLeast;
  return unsignedRange(least, a.unsignedMost / divisor);
};

/** Modulo zero gives the dividend. */
const modulo: Transfer = (a, b) => {
  if (b.unsignedLeast === 0n) return unsignedRange(0n, a.unsignedMost);
  if (a.unsignedMost < b.unsignedLeast) return a;
  const most = b.unsignedMost - 1n;
  return unsignedRange(0n, a.unsignedMost < most ? a.unsignedMost : most);
};

/** The order of bits is that of numbers: what is known of the bits bounds the whole. */
const bitwise =
  (
    of: (a: Tnum, b: Tnum) => Tnum,
    least: (a: Range, b: Range) => bigint,
    most: (a: Range, b: Range) => bigint,
  ): Transfer =>
  (a, b) => {
    const bits = of(a.bits, b.bits);
    return bounded({ ...unknownRange, bits, unsignedLeast: least(a, b), unsignedMost: most(a, b) });
  };
const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const nothing = () => 0n;
const anything = () => u64Maximum;

const counts = (b: Range, bits: Width): readonly [bigint, bigint] =>
  b.unsignedMost < BigInt(bits) ? [b.unsignedLeast, b.unsignedMost] : [0n, BigInt(bits - 1)];

const shiftLeft: Transfer = (a, b, bits) => {
  const [least, most] = counts(b, bits);
  const known = least === most;
  const result: Bounds = { ...unknownRange, ...(known && { bits: shiftTnumLeft(a.bits, least) }) };
  const limit = bits === 64 ? u64Maximum : BigInt(u32Maximum);
  if (a.unsignedMost << most <= limit) {
    result.unsignedLeast = a.unsignedLeast << least;
    result.unsignedMost = a.unsignedMost << most;
  }
  return bounded(result);
};

const shiftRight: Transfer = (a, b, bits) => {
  const [least, most] = counts(b, bits);
  const result: Bounds = { ...unknownRange, ...(least === most && { bits: shiftTnumRight(a.bits, least) }) };
  result.unsignedLeast = a.unsignedLeast >> most;
  result.unsignedMost = a.unsignedMost >> least;
  return bounded(result);
};

const shiftRightSigned: Transfer = (a, b, bits) => {
  const [least, most] = counts(b, bits);
  const [low, high] = bits === 64 ? [a.signedLeast, a.signedMost] : [BigInt(a.signedLeast32), BigInt(a.signedMost32)];
  const shiftedLeast = low >> (low < 0n ? least : most);
  const shiftedMost = high >> (high < 0n ? most : least);
  if (bits === 32) {
    const result: Bounds = { ...unknownRange, signedLeast32: Number(shiftedLeast), signedMost32: Number(shiftedMost) };
    if (least === most) {
      const { value, mask } = shiftTnumRightSigned(lowTnum(a.bits), least, 32);
      result.bits = { value, mask: mask | (u64Maximum ^ 0xffff_ffffn) };
    }
    return bounded(result);
  }
  return bounded({
    ...unknownRange,
    ...(least === most && { bits: shiftTnumRightSigned(a.bits, least, 64) }),
    signedLeast: shiftedLeast,
    signedMost: shiftedMost,
  });
};

/** By name of operation. What stands not here is not followed: signed division. */
const transfers: Readonly<Record<string, Transfer>> = {
  add: add(true),
  sub: add(false),
  mul: multiply,
  div: divide,
  mod: modulo,
  and: bitwise(andTnum, nothing, (a, b) => lesser(a.unsignedMost, b.unsignedMost)),
  or: bitwise(orTnum, (a, b) => greater(a.unsignedLeast, b.unsignedLeast), anything),
  xor: bitwise(xorTnum, nothing, anything),
  lsh: shiftLeft,
  rsh: shiftRight,
  arsh: shiftRightSigned,
  mov: (_, b) => b,
  movsx8: (_, b) => signExtended(b, 8),
  movsx16: (_, b) => signExtended(b, 16),
  movsx32: (_, b) => signExtended(b, 32),
};
