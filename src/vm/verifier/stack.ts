/**
 * The stack of a frame: 64 slots of 8 bytes. A slot keeps a whole register, or says of each byte whether it was ever
 * written and whether it is zero. Slots never change: a write puts another one in their place.
 */

import { constantOf, zeroExtended } from "./range.ts";
import { constantScalar, type Iterator, markPrecise, type Scalar, scalar, unknownScalar, type Value } from "./value.ts";

export const stackBytes = 512;
export const slotCount = stackBytes / 8;

/** What is known of a byte. */
export const byteStates = { unwritten: 0, any: 1, zero: 2, kept: 3 } as const;
type ByteState = (typeof byteStates)[keyof typeof byteStates];

export interface StackSlot {
  /** Two bits a byte, those of the lowest address first: one of `byteStates`. */
  readonly bytes: number;
  /** The register whose low bytes are here, where bytes are `kept`; they begin at the slot. */
  readonly value: Value | undefined;
  /** The slot whose bytes are still in this one. */
  readonly before: StackSlot | undefined;
  /** Somebody looked at it. Set while the program is walked (`markRead`). */
  read: boolean;
}

/** Slot 0 ends at the frame pointer: it has the bytes from -8 on. */
export type Stack = readonly (StackSlot | undefined)[];

export const slotOf = (offset: number): number => Math.floor((-offset - 1) / 8);
const byteOf = (offset: number): number => offset & 7;

export const byteState = (slot: StackSlot | undefined, byte: number): ByteState =>
  (slot === undefined ? byteStates.unwritten : (slot.bytes >> (byte * 2)) & 3) as ByteState;

/** What the bytes of a slot are called later says that all slots it came from matter, too. */
export function markRead(slot: StackSlot): void {
  for (let at: StackSlot | undefined = slot; at !== undefined && !at.read; at = at.before) at.read = true;
}

/** A slot that holds a register in its low `sizeBytes`. */
export function keptSlot(value: Value, sizeBytes: number, before: StackSlot | undefined): StackSlot {
  let bytes = sizeBytes === 8 ? 0 : keepable(before);
  for (let byte = 0; byte < sizeBytes; byte++) bytes = withByte(bytes, byte, byteStates.kept);
  return { bytes, value, before: sizeBytes === 8 ? undefined : before, read: false };
}

/** What remains of a slot when a part of it is written: the bytes, but no register. */
function keepable(slot: StackSlot | undefined): number {
  let bytes = slot?.bytes ?? 0;
  const zero = slot?.value?.kind === "scalar" && constantOf(slot.value.range) === 0n;
  // The bytes are zero because the number is.
  if (zero) markPrecise(slot.value as Scalar);
  for (let byte = 0; byte < 8; byte++) {
    if (byteState(slot, byte) === byteStates.kept)
      bytes = withByte(bytes, byte, zero ? byteStates.zero : byteStates.any);
  }
  return bytes;
}

const withByte = (bytes: number, byte: number, state: ByteState): number =>
  (bytes & ~(3 << (byte * 2))) | (state << (byte * 2));

/** Sets the state of every byte of a place, within the stack. */
export function fillBytes(stack: (StackSlot | undefined)[], offset: number, sizeBytes: number, state: ByteState): void {
  for (let at = offset; at < offset + sizeBytes; ) {
    const index = slotOf(at);
    const before = stack[index];
    const first = byteOf(at);
    const last = Math.min(8, first + offset + sizeBytes - at);
    const whole = first === 0 && last === 8;
    let bytes = whole ? 0 : keepable(before);
    for (let byte = first; byte < last; byte++) bytes = withByte(bytes, byte, state);
    stack[index] = { bytes, value: undefined, before: whole ? undefined : before, read: false };
    at += last - first;
  }
}

/** Puts a register at a place that lies in one slot. */
export function writeStack(
  stack: (StackSlot | undefined)[],
  offset: number,
  sizeBytes: number,
  value: Value,
  madeAt: number,
): void {
  const index = slotOf(offset);
  const isZero = value.kind === "scalar" && constantOf(value.range) === 0n;
  if (byteOf(offset) !== 0 || (value.kind !== "scalar" && sizeBytes !== 8)) {
    if (isZero) markPrecise(value as Scalar);
    fillBytes(stack, offset, sizeBytes, isZero ? byteStates.zero : byteStates.any);
    return;
  }
  stack[index] = keptSlot(cutTo(value, sizeBytes, madeAt), sizeBytes, stack[index]);
}

/** The low bytes of a number, filled with zeros. The same object where nothing is cut. */
function cutTo(value: Value, sizeBytes: number, madeAt: number): Value {
  if (value.kind !== "scalar" || sizeBytes === 8) return value;
  const limit = (1n << BigInt(sizeBytes * 8)) - 1n;
  if (value.range.unsignedMost <= limit) return value;
  const known = constantOf(value.range);
  if (known !== undefined) return scalar(constantScalar(known & limit, madeAt).range, value.madeAt, [value]);
  if (sizeBytes === 4) return scalar(zeroExtended(value.range), value.madeAt, [value]);
  return { ...unknownScalar(value.madeAt, sizeBytes), sources: [value] };
}

/** What a read finds. */
export type StackRead =
  | { readonly kind: "value"; readonly value: Value }
  /** The place of a byte that was never written. */
  | { readonly kind: "unwritten"; readonly offset: number }
  | { readonly kind: "iterator"; readonly iterator: Iterator };

/** Reads a place within the stack. */
export function readStack(stack: Stack, offset: number, sizeBytes: number, madeAt: number): StackRead {
  let allZero = true;
  for (let at = offset; at < offset + sizeBytes; at++) {
    const slot = stack[slotOf(at)];
    const state = byteState(slot, byteOf(at));
    if (slot !== undefined) markRead(slot);
    if (state === byteStates.unwritten) return { kind: "unwritten", offset: at };
    if (slot?.value?.kind === "iterator") return { kind: "iterator", iterator: slot.value };
    if (state !== byteStates.zero) allZero = false;
  }
  const slot = stack[slotOf(offset)];
  if (slot?.value !== undefined && byteOf(offset) === 0 && keptBytes(slot) === sizeBytes) {
    return { kind: "value", value: slot.value };
  }
  return { kind: "value", value: allZero ? constantScalar(0n, madeAt) : partOf(slot, offset, sizeBytes, madeAt) };
}

/** Some bytes of a slot that keeps a number. */
function partOf(slot: StackSlot | undefined, offset: number, sizeBytes: number, madeAt: number): Scalar {
  const unknown = unknownScalar(madeAt, sizeBytes);
  const value = slot?.value;
  const first = byteOf(offset);
  if (value?.kind !== "scalar" || first + sizeBytes > keptBytes(slot!)) return unknown;
  const known = constantOf(value.range);
  if (known !== undefined) {
    const part = BigInt.asUintN(sizeBytes * 8, known >> BigInt(first * 8));
    return scalar(constantScalar(part, madeAt).range, madeAt, [value]);
  }
  if (first === 0 && sizeBytes === 4) return scalar(zeroExtended(value.range), madeAt, [value]);
  return unknown;
}

/** How many bytes, from the lowest on, hold a register. */
export function keptBytes(slot: StackSlot): number {
  let count = 0;
  while (count < 8 && byteState(slot, count) === byteStates.kept) count++;
  return count;
}
