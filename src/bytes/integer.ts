/**
 * Integer types. Each is three things under one name: a schema (`struct({ port: u16 })`), a cast
 * that wraps to its width (`u16(70_000) === 4464`), and a TypeScript type (`port: u16`).
 */

import { InputError } from "../errors/error.ts";
import { type Layout, layout } from "./layout.ts";

export type IntegerName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "u16be" | "u32be" | "u64be";

/** An integer type: up to 32 bits a `number`, at 64 bits a `bigint`. */
export interface Integer<Value extends number | bigint = number | bigint> extends Layout<Value> {
  /** `value` cut to this width, as a cast in C does; a fraction is cut off towards zero. */
  (value: number | bigint): Value;
  readonly kind: "integer";
  readonly name: IntegerName;
  readonly signed: boolean;
  /** In memory the highest byte comes first, as in the headers of packets. */
  readonly bigEndian: boolean;
}

export type u8 = number;
export type u16 = number;
export type u32 = number;
export type u64 = bigint;
export type i8 = number;
export type i16 = number;
export type i32 = number;
export type i64 = bigint;
export type u16be = number;
export type u32be = number;
export type u64be = bigint;

export const u8 = narrow("u8", 1, {
  read: (view, offset) => view.getUint8(offset),
  write: (view, offset, value) => view.setUint8(offset, value),
});
export const u16 = narrow("u16", 2, {
  read: (view, offset) => view.getUint16(offset, true),
  write: (view, offset, value) => view.setUint16(offset, value, true),
});
export const u32 = narrow("u32", 4, {
  read: (view, offset) => view.getUint32(offset, true),
  write: (view, offset, value) => view.setUint32(offset, value, true),
});
export const i8 = narrow("i8", 1, {
  read: (view, offset) => view.getInt8(offset),
  write: (view, offset, value) => view.setInt8(offset, value),
});
export const i16 = narrow("i16", 2, {
  read: (view, offset) => view.getInt16(offset, true),
  write: (view, offset, value) => view.setInt16(offset, value, true),
});
export const i32 = narrow("i32", 4, {
  read: (view, offset) => view.getInt32(offset, true),
  write: (view, offset, value) => view.setInt32(offset, value, true),
});
export const u64 = wide("u64", {
  read: (view, offset) => view.getBigUint64(offset, true),
  write: (view, offset, value) => view.setBigUint64(offset, value, true),
});
export const i64 = wide("i64", {
  read: (view, offset) => view.getBigInt64(offset, true),
  write: (view, offset, value) => view.setBigInt64(offset, value, true),
});

export const u16be = narrow("u16be", 2, {
  read: (view, offset) => view.getUint16(offset),
  write: (view, offset, value) => view.setUint16(offset, value),
});
export const u32be = narrow("u32be", 4, {
  read: (view, offset) => view.getUint32(offset),
  write: (view, offset, value) => view.setUint32(offset, value),
});
export const u64be = wide("u64be", {
  read: (view, offset) => view.getBigUint64(offset),
  write: (view, offset, value) => view.setBigUint64(offset, value),
});

/** The integer types, narrow to wide, unsigned first. */
export const integers = [u8, u16, u32, u64, i8, i16, i32, i64] as const;

/** Those of network byte order: they say how memory is read and written, their values are plain numbers. */
export const bigEndianIntegers = [u16be, u32be, u64be] as const;

type Access<Value> = Pick<Layout<Value>, "read" | "write">;

/** An integer of at most 32 bits. */
function narrow(name: IntegerName, sizeBytes: 1 | 2 | 4, access: Access<number>): Integer<number> {
  const signed = name.startsWith("i");
  const wrapped = wrapTo(sizeBytes * 8, signed);
  const lowest = signed ? -(2 ** (sizeBytes * 8 - 1)) : 0;
  const highest = lowest + 2 ** (sizeBytes * 8) - 1;
  return integer(name, sizeBytes, signed, {
    ...access,
    cast: (value) => Number(wrapped(value)),
    fits: (value) => Number.isInteger(value) && value >= lowest && value <= highest,
  });
}

/** An integer of 64 bits. */
function wide(name: "u64" | "i64" | "u64be", access: Access<bigint>): Integer<bigint> {
  const signed = name === "i64";
  const cast = wrapTo(64, signed);
  return integer(name, 8, signed, {
    ...access,
    cast,
    fits: (value) => typeof value === "bigint" && cast(value) === value,
  });
}

function wrapTo(bits: number, signed: boolean): (value: number | bigint) => bigint {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return (value) => wrap(bits, wholeNumber(value));
}

function wholeNumber(value: number | bigint): bigint {
  if (typeof value === "bigint") return value;
  if (!Number.isFinite(value)) throw new InputError("BYTES_NOT_A_NUMBER", `${value} has no integer value`);
  return BigInt(Math.trunc(value));
}

/** What differs between integer types. */
interface Width<Value> extends Access<Value> {
  cast(value: number | bigint): Value;
  fits(value: Value): boolean;
}

/** Puts the pieces together; `write` refuses what does not fit instead of wrapping silently. */
function integer<Value extends number | bigint>(
  name: IntegerName,
  sizeBytes: 1 | 2 | 4 | 8,
  signed: boolean,
  { read, write, cast, fits }: Width<Value>,
): Integer<Value> {
  const core = layout<Value>(name, {
    sizeBytes,
    alignment: sizeBytes,
    read,
    write(view, offset, value) {
      if (!fits(value)) throw outOfRange(name, value);
      write(view, offset, value);
    },
  });

  // `Object.assign` cannot set a function's `name`, which is read-only: hence `defineProperties`.
  const members = { ...core, kind: "integer", name, signed, bigEndian: name.endsWith("be") };
  const callable = (value: number | bigint): Value => cast(value);
  return Object.defineProperties(callable, Object.getOwnPropertyDescriptors(members)) as Integer<Value>;
}

function outOfRange(name: IntegerName, value: unknown): InputError {
  const given = typeof value === "bigint" ? `${value}n` : String(value);
  const wanted = name.includes("64") ? "a bigint" : "a whole number";
  return new InputError("BYTES_OUT_OF_RANGE", `${given} does not fit ${name}, which takes ${wanted} of its range`);
}
