/**
 * The types of memory as kernel programs see them: the schemas of `bytes/`, with values that are
 * references into a map or the stack where userspace has decoded copies.
 */

import type { Bytes, Integer, ValueOf as UserValueOf } from "../bytes/index.ts";
import * as layout from "../bytes/index.ts";
import { onlyInKernel } from "./only-in-kernel.ts";
import type { SpecialType, SpinLock, Timer } from "./special-fields.ts";

/** What a value of this type is inside a kernel program: `type Flow = ValueOf<typeof Flow>`. */
export type ValueOf<Type> = Type extends { zero(): infer Value } ? Value : never;

/** What `struct`, `array` and `bytes` make, and the integers. */
export type Type =
  | Integer<number>
  | Integer<bigint>
  | BytesType
  | ArrayType
  | StructType
  | SpecialType<SpinLock>
  | SpecialType<Timer>;

/** Field types by name, in memory order. */
export interface FieldTypes {
  readonly [name: string]: Type;
}

/** A struct whose `zero()` is, in a kernel program, a fresh zeroed struct on the stack. */
export interface StructType<Fields extends FieldTypes = FieldTypes>
  extends Omit<layout.Struct, "zero" | "decode" | "encode" | "read" | "write">,
    Coded<{ -readonly [Name in keyof Fields]: UserValueOf<Fields[Name]> }> {
  zero(): StructValue<Fields>;
  /** A struct of these fields: in a kernel program a fresh one on the stack, its byte strings and arrays copied. */
  of(fields: { readonly [Name in keyof Fields]: ValueOf<Fields[Name]> }): StructValue<Fields>;
  /** A copy that has nothing to do with `value` any more: in a kernel program a fresh one on the stack. */
  copyOf(value: { readonly [Name in keyof Fields]: ValueOf<Fields[Name]> }): StructValue<Fields>;
}

type StructValue<Fields extends FieldTypes> = { -readonly [Name in keyof Fields]: ValueOf<Fields[Name]> };

/** An array whose elements are reached by reference. */
export interface ArrayType<Element extends Type = Type>
  extends Omit<layout.ArrayOf, "element" | "zero" | "decode" | "encode" | "read" | "write">,
    Coded<UserValueOf<Element>[]> {
  readonly element: Element;
  zero(): Elements<ValueOf<Element>>;
}

/** A byte string, reached by reference. */
export interface BytesType extends Omit<Bytes, "zero"> {
  zero(): ByteString;
}

/** The half of a layout that userspace uses. */
type Coded<Value> = Pick<layout.Layout<Value>, "decode" | "encode" | "read" | "write">;

/**
 * Elements of an array in memory. An index out of range reads as zero, and writing to it does nothing:
 * the compiler puts the check right in front of the access.
 */
export interface Elements<Value> {
  readonly length: number;
  [index: number]: Value;
  /** Each element in its turn: `for (const element of array)`. */
  [Symbol.iterator](): IterableIterator<Value>;
  /** The element, as with `[index]`, without `undefined` in its type. */
  at(index: number): Value;
}

/** Bytes in memory. Every access is checked against the length, right in front of it. */
export interface ByteString {
  readonly length: number;
  /** The little-endian integer at `at`; zero where it would reach past the end. */
  load<Value extends number | bigint>(type: Integer<Value>, at: number): Value;
  /** Writes the little-endian integer at `at`, or nothing where it would reach past the end. */
  store<Value extends number | bigint>(type: Integer<Value>, at: number, value: Value): void;
  /**
   * Copies `length` bytes of user memory to `at`. False, with nothing copied, if they do not fit or cannot be read.
   *
   * The kernel's verifier does not relate two variables, so one check cannot cover `at + length`: the largest
   * value that `length` can take, known from its type or from `min(length, 256)`, is set aside from the end, and
   * `at` must not lie beyond that. So give a variable `at` a buffer that much longer than what it holds.
   */
  readUser(at: number, length: number, address: bigint): boolean;
  /** The same for kernel memory. */
  readKernel(at: number, length: number, address: bigint): boolean;
  /** The same for bytes of another string, from `sourceAt` on; they must lie inside it. */
  copy(at: number, length: number, source: ByteString, sourceAt: number): boolean;
  /** Whether the bytes of the constant `text`, in UTF-8, stand at `at`, or at the beginning. */
  startsWith(text: string, at?: number): boolean;
  /** Whether another string of the same length, up to 256 bytes, has the same bytes. */
  equals(other: ByteString): boolean;
  /** Writes the bytes of the constant `text`, in UTF-8, from the constant position `at` on. */
  write(at: number, text: string): void;
  /** A view of the bytes from `start` on; both numbers are constants. */
  slice(start: number, length: number): ByteString;
}

/** A struct of the given fields, laid out as C does. */
export function struct<const Fields extends FieldTypes>(fields: Fields): StructType<Fields> {
  const type = layout.struct(fields as unknown as layout.FieldTypes);
  const values = { of: (given: object) => ({ ...type.zero(), ...given }), copyOf: structuredClone };
  return { ...type, ...values } as unknown as StructType<Fields>;
}

/** An array of `length` elements. */
export function array<const Element extends Type>(element: Element, length: number): ArrayType<Element> {
  return layout.array(element as unknown as layout.Schema, length) as unknown as ArrayType<Element>;
}

/** A byte string of `length` bytes. */
export function bytes(length: number): BytesType {
  return layout.bytes(length) as unknown as BytesType;
}

/** Reads user memory into `target`. False, with `target` zeroed, if it cannot be read (absent or not yet faulted in). */
export function readUser(_target: object, _address: bigint): boolean {
  return onlyInKernel("readUser");
}

/** Reads kernel memory into `target`. False, with `target` zeroed, if the address is bad. */
export function readKernel(_target: object, _address: bigint): boolean {
  return onlyInKernel("readKernel");
}

export { i8, i16, i32, i64, u8, u16, u16be, u32, u32be, u64, u64be } from "../bytes/index.ts";
