/** How a module declares the kernel structures it reads: only the members it needs, by their kernel names. */

import { onlyInKernel } from "./only-in-kernel.ts";

declare const kernelStruct: unique symbol;

/**
 * A kernel structure: `interface sock extends KernelStruct { readonly sk_err: i32 }`. Offsets come from the
 * running kernel's BTF when the program is loaded, so members may be left out and stand in any order.
 */
export interface KernelStruct {
  readonly [kernelStruct]?: never;
}

/** A pointer inside a kernel structure. A pointer to a structure is used like the structure itself. */
export type Pointer<Target> = PointerTo<Target> & (Target extends KernelStruct ? Target : unknown);

export interface PointerTo<Target> {
  /** The element `index` of the array that the pointer points to. Read with a probe: a bad address reads as zero. */
  at(index: number): Target;
}

/** An array inside a kernel structure. */
export interface KernelArray<Element, Length extends number> {
  readonly length: Length;
  readonly [index: number]: Element;
  at(index: number): Element;
}

/** A member that is a bit field of the kernel: `readonly skc_reuse: KernelBits<u8>`. Where its bits lie is found when it is loaded. */
export type KernelBits<Value extends number | bigint> = Value;

/** A member whose type is an enumeration of the kernel. */
export type KernelEnum = number;

/** Treats an address as a pointer to a kernel structure. Members are read with probes: a bad address reads as zero. */
export function kernelPointer<Target extends KernelStruct>(_address: bigint): Target {
  return onlyInKernel("kernelPointer");
}

/** The address of a structure, an embedded structure or array, or where a pointer points to. */
export function addressOf(_place: object): bigint {
  return onlyInKernel("addressOf");
}

/** Whether a pointer is null. The same as `pointer === null`. */
export function isNull(_pointer: object | null): boolean {
  return onlyInKernel("isNull");
}

/**
 * Whether the running kernel's structure has this field, or whether it has this function, which the module declares. Decided
 * when the program is loaded.
 */
export function exists<Struct extends KernelStruct>(struct: Struct, field: keyof Struct & string): boolean;
export function exists(kernelFunction: (...given: never[]) => unknown): boolean;
export function exists(): never {
  return onlyInKernel("exists");
}

/** The value of an enumerator in the running kernel: `enumValue("iter_type", "ITER_UBUF")`. */
export function enumValue(_enumeration: string, _enumerator: string): number {
  return onlyInKernel("enumValue");
}

/** The value of an enumerator of 64 bits. */
export function enumValue64(_enumeration: string, _enumerator: string): bigint {
  return onlyInKernel("enumValue64");
}

/** Whether the running kernel's enumeration has this enumerator. */
export function enumExists(_enumeration: string, _enumerator: string): boolean {
  return onlyInKernel("enumExists");
}
