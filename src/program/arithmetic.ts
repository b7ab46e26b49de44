/** Arithmetic that has no operator, and atomic operations. */

import { onlyInKernel } from "./only-in-kernel.ts";

/** The smaller of two values of one type. With a constant it also bounds a length, see `ByteString.readUser`. */
export function min(a: number, b: number): number;
export function min(a: bigint, b: bigint): bigint;
export function min(): never {
  return onlyInKernel("min");
}

/** The larger of two values of one type. */
export function max(a: number, b: number): number;
export function max(a: bigint, b: bigint): bigint;
export function max(): never {
  return onlyInKernel("max");
}

/** How many zero bits there are below the lowest one bit; 64 for 0n. */
export function countTrailingZeros(_value: bigint): number {
  return onlyInKernel("countTrailingZeros");
}

/** The position of the highest one bit; 0 for 0n. */
export function log2(_value: bigint): number {
  return onlyInKernel("log2");
}

/** The two bytes in the other order: network order to numbers and back. */
export function byteSwap16(_value: number): number {
  return onlyInKernel("byteSwap16");
}

/** The four bytes in the other order. */
export function byteSwap32(_value: number): number {
  return onlyInKernel("byteSwap32");
}

type WordFields<Struct> = { [Name in keyof Struct]: Struct[Name] extends number | bigint ? Name : never }[keyof Struct];

/** Operations on one 32 or 64-bit field that no other CPU sees half done. */
export const atomic = {
  /** Adds, and returns the value before. */
  add<Struct extends object, Name extends WordFields<Struct>>(
    _struct: Struct,
    _field: Name,
    _value: Struct[Name],
  ): Struct[Name] {
    return onlyInKernel("atomic.add");
  },
  /** Stores, and returns the value before. */
  exchange<Struct extends object, Name extends WordFields<Struct>>(
    _struct: Struct,
    _field: Name,
    _value: Struct[Name],
  ): Struct[Name] {
    return onlyInKernel("atomic.exchange");
  },
  /** Stores `desired` if the field is `expected`, and returns the value before. */
  compareExchange<Struct extends object, Name extends WordFields<Struct>>(
    _struct: Struct,
    _field: Name,
    _expected: Struct[Name],
    _desired: Struct[Name],
  ): Struct[Name] {
    return onlyInKernel("atomic.compareExchange");
  },
} as const;
