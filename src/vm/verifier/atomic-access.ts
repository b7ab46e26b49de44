/** Atomic operations on memory. */

import * as isa from "../../isa/index.ts";
import { checkPlain, extentOf, isAligned, loadFrom, type Place, placeIn, storeTo } from "./memory.ts";
import { isWord } from "./pointer-arithmetic.ts";
import { refuse } from "./refusal.ts";
import { unknownScalar } from "./value.ts";
import { kindInWords, nameOf, noteAccess, readRegister, type WalkContext, writeRegister } from "./walk-context.ts";

export function atomicAccess(walk: WalkContext, instruction: isa.Instruction, sizeBytes: isa.AccessSize): void {
  const { dst, src, offset } = instruction;
  const { slot } = walk;
  const what = isa.atomicKindOf(instruction);
  if (what === undefined) return refuse("atomic", "there is no such atomic operation", "use another one");
  if (what.kind === "loadAcquire") {
    const place = placeIn(walk, src, offset, sizeBytes);
    checkPlace(place);
    return writeRegister(walk, dst, loadFrom(walk, place));
  }
  const value = readRegister(walk, src);
  const place = placeIn(walk, dst, offset, sizeBytes);
  if (what.kind === "storeRelease") {
    checkPlace(place);
    return storeTo(walk, place, value);
  }
  if (value.kind !== "scalar" && !isWord(value)) {
    refuse(
      "atomic",
      `${nameOf(walk, value, src)} is ${kindInWords(value)}, which no atomic operation takes`,
      "work on numbers",
    );
  }
  if (what.kind === "compareExchange") {
    const expected = readRegister(walk, 0);
    if (expected.kind !== "scalar" && !isWord(expected)) {
      refuse("atomic", `r0 is ${kindInWords(expected)}, which no atomic operation takes`, "work on numbers");
    }
  }
  changeAtomically(walk, place);
  const before = unknownScalar(slot, sizeBytes);
  if (what.kind === "compareExchange") writeRegister(walk, 0, before);
  else if (what.kind === "exchange" || what.fetch) writeRegister(walk, src, before);
}

/** Reads and writes the place. */
function changeAtomically(walk: WalkContext, place: Place): void {
  checkPlace(place);
  if (place.pointer.to.kind !== "stack") {
    if (place.pointer.to.kind === "packet") checkPlain(walk, place, "atomic");
    return checkPlain(walk, place, "atomic");
  }
  noteAccess(walk, "stack");
  loadFrom(walk, place);
  storeTo(walk, place, unknownScalar(walk.slot, place.sizeBytes));
}

function checkPlace(place: Place): void {
  const { to } = place.pointer;
  if (to.kind !== "stack" && to.kind !== "mapValue" && to.kind !== "memory" && to.kind !== "packet") {
    refuse("atomic", `${kindInWords(place.pointer)} is no place for atomic operations`, "work on a map's value");
  }
  const { least, most } = extentOf(place);
  if (!isAligned(place)) {
    refuse(
      "alignment",
      `an atomic operation on ${place.sizeBytes} bytes at ${least === most ? least : "a place that is not known"}, which is no multiple of ${place.sizeBytes}`,
      "put the field where its size divides its place",
    );
  }
}
