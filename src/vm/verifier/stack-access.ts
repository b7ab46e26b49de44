/** Loads from and stores to the stack. */

import type { Place } from "./memory.ts";
import { extentOf, isAligned } from "./memory.ts";
import { refuse } from "./refusal.ts";
import { byteState, byteStates, fillBytes, markRead, readStack, slotOf, stackBytes, writeStack } from "./stack.ts";
import type { Frame } from "./state.ts";
import { unknownScalar, type Value } from "./value.ts";
import { inWords, nameOf, type WalkContext } from "./walk-context.ts";

/** The place lies within the stack; notes how much of it the function uses. */
export function checkStackBounds(
  walk: WalkContext,
  place: Place,
  frame: number,
): { readonly least: number; readonly most: number } {
  const { least, most } = extentOf(place);
  const { sizeBytes, pointer, register } = place;
  if (least < -stackBytes || most + sizeBytes > 0) {
    if (pointer.variable !== undefined) {
      refuse(
        "stackVariable",
        `${nameOf(walk, pointer.variable, register)} may be ${inWords(pointer.variable.range)}, which leads out of what stands on the stack`,
        "use a constant index, or keep the array in a map",
      );
    }
    refuse(
      "stackBounds",
      `${sizeBytes} bytes at ${least} are outside of the stack, which has ${stackBytes} bytes`,
      "keep large structs in a perCpuArray with one entry",
    );
  }
  const { entry } = walk.state.frames[frame]!;
  if (-least > (walk.stackBytes.get(entry) ?? 0)) walk.stackBytes.set(entry, -least);
  return { least, most };
}

function checkAligned(place: Place): void {
  if (isAligned(place)) return;
  const { offset, sizeBytes, pointer } = place;
  const where = pointer.variable === undefined ? `${offset} of the stack` : "a place on the stack that is not known";
  refuse(
    "alignment",
    `${sizeBytes} bytes at ${where}, which is no multiple of ${sizeBytes}`,
    "put the field where its size divides its place, or read it byte by byte",
  );
}

export function loadStack(walk: WalkContext, place: Place, frame: number): Value {
  const { least, most } = checkStackBounds(walk, place, frame);
  checkAligned(place);
  const { stack } = walk.state.frames[frame]!;
  if (least === most) {
    const found = readStack(stack, least, place.sizeBytes, walk.slot);
    if (found.kind === "value") return found.value;
    if (found.kind === "iterator")
      return refuse("iterator", "this place holds an iterator", "leave it to the functions that are for it");
    return refuseUnwritten(place.sizeBytes, found.offset);
  }
  checkWritten(walk.state.frames[frame]!, least, most + place.sizeBytes - least);
  return unknownScalar(walk.slot, place.sizeBytes);
}

function refuseUnwritten(sizeBytes: number, offset: number): never {
  return refuse(
    "stackUnwritten",
    `of the ${sizeBytes} bytes of the stack that are read here, the one at ${offset} was never given a value`,
    "begin with `Type.zero()`",
  );
}

/** Every byte of a place was written. Who reads a place reads each slot of it. */
export function checkWritten({ stack }: Frame, offset: number, sizeBytes: number): void {
  for (let at = offset; at < offset + sizeBytes; at++) {
    const slot = stack[slotOf(at)];
    if (slot !== undefined) markRead(slot);
    if (slot === undefined || byteState(slot, at & 7) === byteStates.unwritten) refuseUnwritten(sizeBytes, at);
    if (slot.value?.kind === "iterator")
      refuse("iterator", "this place holds an iterator", "leave it to the functions that are for it");
  }
}

export function storeStack(walk: WalkContext, place: Place, frame: number, value: Value): void {
  const { least, most } = checkStackBounds(walk, place, frame);
  checkAligned(place);
  const { stack } = walk.state.frames[frame]!;
  checkNoIterator(walk.state.frames[frame]!, least, most + place.sizeBytes - least);
  if (value.kind === "pointer" && value.to.kind === "stack" && value.to.frame > frame) {
    refuse(
      "stackEscape",
      "a place on the stack of a function would be kept by its caller",
      "hand the value over, not its place",
    );
  }
  if (least === most) return writeStack(stack, least, place.sizeBytes, value, walk.slot);
  // Any of these bytes may have been written, or none.
  spoilBytes(walk.state.frames[frame]!, least, most + place.sizeBytes - least);
}

/** Bytes that were written may be anything now; others stay unwritten. */
export function spoilBytes({ stack }: Frame, offset: number, sizeBytes: number): void {
  for (let at = offset; at < offset + sizeBytes; at++) {
    if (byteState(stack[slotOf(at)], at & 7) !== byteStates.unwritten) fillBytes(stack, at, 1, byteStates.any);
  }
}

export function checkNoIterator({ stack }: Frame, offset: number, sizeBytes: number): void {
  for (let at = offset; at < offset + sizeBytes; at += 8) checkSlot(at);
  checkSlot(offset + sizeBytes - 1);
  function checkSlot(at: number): void {
    if (stack[slotOf(at)]?.value?.kind === "iterator") {
      refuse("iterator", "this place holds an iterator", "end it first, or write to another place");
    }
  }
}
