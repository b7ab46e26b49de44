/** Loads, stores and atomic operations: what they may go to, and what a load gives. One function a kind of object. */

import { mapFlags } from "../../spec/index.ts";
import { contextLoad, contextStore } from "./context-access.ts";
import { placeAt, relocatedPlace } from "./kernel-types.ts";
import { specialFieldsOf } from "./map-fields.ts";
import { mostOffset } from "./pointer-arithmetic.ts";
import { refuse } from "./refusal.ts";
import { loadSocket } from "./socket-fields.ts";
import { loadStack, storeStack } from "./stack-access.ts";
import { addTnum, constantTnum } from "./tnum.ts";
import { markPrecise, type Pointer, pointer, type Target, unknownScalar, type Value } from "./value.ts";
import { inWords, kindInWords, nameOf, noteAccess, readRegister, type WalkContext } from "./walk-context.ts";

/** What is done at a place. */
export type AccessMode = "read" | "write" | "atomic";

/** A place: so many bytes at `offset` from where a pointer leads. */
export interface Place {
  readonly pointer: Pointer;
  /** The register that the pointer is in, for messages. */
  readonly register: number;
  /** From the start of the object, without what is variable of it. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Where the size is a number that may be several: which, and what it may be. */
  readonly length?: string;
}

/** Whether it is a multiple of its size, whatever it is (`check_generic_ptr_alignment`). */
export function isAligned({ pointer: { variable }, offset, sizeBytes }: Place): boolean {
  const { value, mask } = addTnum(variable?.range.bits ?? constantTnum(0n), constantTnum(BigInt(offset)));
  return ((value | mask) & BigInt(sizeBytes - 1)) === 0n;
}

/** The least and the most that the place may be from the start of its object. Who asks relies on it. */
export function extentOf({ pointer: { variable }, offset }: Place): { readonly least: number; readonly most: number } {
  if (variable === undefined) return { least: offset, most: offset };
  markPrecise(variable);
  const { signedLeast, signedMost } = variable.range;
  const clamp = (number: bigint): number => Math.max(-(2 ** 50), Math.min(2 ** 50, Number(number)));
  return { least: offset + clamp(signedLeast), most: offset + clamp(signedMost) };
}

/** The place that a register and an offset name; refused where the register holds no address. */
export function placeIn(walk: WalkContext, register: number, offset: number, sizeBytes: number): Place {
  const value = readRegister(walk, register);
  if (value.kind !== "pointer") {
    return refuse(
      "notAPointer",
      `${nameOf(walk, value, register)} is ${value.kind === "scalar" ? `a number (${inWords(value.range)})` : "an iterator"}, not an address to read from or write to`,
      "read it with `readKernel` or `readUser`, or through `kernelPointer`",
    );
  }
  if (value.nullId !== 0) {
    refuse(
      "mayBeNull",
      `${nameOf(walk, value, register)} may be null`,
      "compare it with null first: `if (value === null) return;`",
    );
  }
  return { pointer: value, register, offset: value.offset + offset, sizeBytes };
}

/** What a load gives. */
export function loadFrom(walk: WalkContext, place: Place): Value {
  const { to } = place.pointer;
  switch (to.kind) {
    case "stack":
      noteAccess(walk, "stack");
      return loadStack(walk, place, to.frame);
    case "context":
      noteAccess(walk, "context");
      return contextLoad(walk, place);
    case "kernel":
      noteAccess(walk, "kernel");
      return loadKernel(walk, place, to);
    case "socket":
      noteAccess(walk, "socket");
      return loadSocket(walk, place, to.of);
    default:
      checkPlain(walk, place, "read");
      return unknownScalar(walk.slot, place.sizeBytes);
  }
}

/** Stores `value`; what it is matters only on the stack. */
export function storeTo(walk: WalkContext, place: Place, value: Value): void {
  const { to } = place.pointer;
  switch (to.kind) {
    case "stack":
      noteAccess(walk, "stack");
      return storeStack(walk, place, to.frame, value);
    case "context":
      noteAccess(walk, "context");
      return contextStore(walk, place, value);
    case "kernel":
    case "socket":
      return refuse("kernelWrite", `${kindInWords(place.pointer)} is only read`, "write to a map of the program's own");
    default:
      checkPlain(walk, place, "write");
  }
}

/** Objects of plain bytes: maps' values and keys, memory, packets. */
export function checkPlain(walk: WalkContext, place: Place, mode: AccessMode): void {
  const { to } = place.pointer;
  switch (to.kind) {
    case "mapValue":
      noteAccess(walk, "mapValue");
      return checkMapValue(walk, place, to, mode);
    case "mapKey":
      noteAccess(walk, "mapKey");
      if (mode !== "read") refuse("readOnly", "a key of a map is only read", "update the map under another key");
      return checkWithin(walk, place, to.map.keySizeBytes, "memoryBounds");
    case "memory":
      noteAccess(walk, "memory");
      if (mode !== "read" && !to.writable)
        refuse("readOnly", `${to.name} is only read`, "write to memory of the program's own");
      if (
        mode !== "read" &&
        to.writableBytes !== undefined &&
        extentOf(place).most + place.sizeBytes > to.writableBytes
      )
        refuse(
          "readOnly",
          `this part of ${to.name} is only read`,
          "write to the fields that its hook lists as writable",
        );
      return checkWithin(walk, place, to.sizeBytes, "memoryBounds");
    case "packet":
      noteAccess(walk, "packet");
      return checkPacket(walk, place, to, mode);
    default:
      return refuse(
        "notAPointer",
        `${nameOf(walk, place.pointer, place.register)} (${kindInWords(place.pointer)}) is nothing to read from or write to`,
      );
  }
}

function checkMapValue(
  walk: WalkContext,
  place: Place,
  { map }: Extract<Target, { kind: "mapValue" }>,
  mode: AccessMode,
): void {
  if (mode !== "read" && (map.flags & mapFlags.readOnlyInProgram) !== 0) {
    refuse("readOnly", `programs can only read the map ${map.name}`, "write to a map of the program's own");
  }
  if (mode !== "write" && (map.flags & mapFlags.writeOnlyInProgram) !== 0) {
    refuse("readOnly", `programs can only write to the map ${map.name}`, "read from a map of the program's own");
  }
  checkWithin(walk, place, map.valueSizeBytes, "mapValueBounds");
  const { least, most } = extentOf(place);
  for (const field of specialFieldsOf(map, walk.types)) {
    if (least < field.offset + field.sizeBytes && most + place.sizeBytes > field.offset) {
      refuse(
        "specialField",
        `bytes ${field.offset} to ${field.offset + field.sizeBytes - 1} are a ${field.name}`,
        "leave it to the helpers that are for it",
      );
    }
  }
}

/** The whole place lies within `allBytes`. */
function checkWithin(walk: WalkContext, place: Place, allBytes: number, rule: "mapValueBounds" | "memoryBounds"): void {
  const { pointer: from, register, offset, sizeBytes } = place;
  const { least, most } = extentOf(place);
  if (least >= 0 && most + sizeBytes <= allBytes) return;
  const { variable } = from;
  if (variable === undefined && place.length !== undefined && offset >= 0) {
    const left = allBytes - offset;
    refuse(rule, `${place.length}, and from ${offset} there are ${left} bytes`, `bound it: \`min(length, ${left})\``);
  }
  if (variable === undefined) {
    refuse(rule, `bytes ${offset} to ${offset + sizeBytes - 1} are asked for, of ${allBytes}`, "stay within it");
  }
  const fits = allBytes - offset - sizeBytes;
  const name = nameOf(walk, variable, register);
  const range = inWords(variable.range);
  if (least < 0) {
    refuse(
      rule,
      `${name} may be ${range}, and no negative number fits here`,
      "cast it to an unsigned type and bound it: `min(u32(value), length - 1)`",
    );
  }
  refuse(
    rule,
    `${name} may be ${range}, and ${sizeBytes} bytes there fit into ${allBytes} up to ${fits}`,
    `bound it right in front of its use: \`min(value, ${fits})\`, or \`if (value > ${fits}) return;\``,
  );
}

function checkPacket(
  walk: WalkContext,
  place: Place,
  { region }: Extract<Target, { kind: "packet" }>,
  mode: AccessMode,
): void {
  const model = walk.hook.regions.find(({ name }) => name === region);
  if (mode === "atomic") refuse("atomic", "a packet is no place for atomic operations", "work on a map's value");
  if (mode === "write" && model?.writable !== true) {
    refuse(
      "readOnly",
      `a ${walk.hook.name} program can only read the ${region}`,
      "do it at a hook that may change packets",
    );
  }
  const { pointer: from, register, offset, sizeBytes } = place;
  const { least, most } = extentOf(place);
  if (least >= 0 && offset >= 0 && most < mostOffset && offset + sizeBytes <= from.knownBytes) return;
  const remedy = "look at it through `packet.view(Type, at)`, or copy it with `packet.load(type, at)`";
  if (from.variable !== undefined && (least < 0 || from.knownBytes === 0)) {
    const what = `${nameOf(walk, from.variable, register)} may be ${inWords(from.variable.range)}`;
    const where = least < 0 ? "in front of" : "behind the end of";
    refuse("packetBounds", `${what}, which may be ${where} the ${region}`, remedy);
  }
  const known =
    from.knownBytes === 0 ? "nothing says how long it is" : `all that is known is that it has ${from.knownBytes}`;
  refuse(
    "packetBounds",
    `bytes ${offset} to ${offset + sizeBytes - 1} of the ${region} are asked for, and ${known}`,
    remedy,
  );
}

/** A structure of the kernel. Reads never fault; what stands there follows from the relocation, or from the type. */
function loadKernel(walk: WalkContext, place: Place, { typeId, isWord }: Extract<Target, { kind: "kernel" }>): Value {
  const { types, slot, code } = walk;
  if (types === undefined) return unknownScalar(slot, place.sizeBytes);
  const relocation = code.relocations.get(slot);
  const found =
    relocation !== undefined && relocation.kind === "fieldByteOffset"
      ? relocatedPlace(types, relocation)
      : typeId === undefined
        ? undefined
        : placeAt(types, typeId, place.offset, place.sizeBytes);
  if (found === undefined && typeId === undefined && !isWord) return unknownScalar(slot, place.sizeBytes);
  if (found?.kind === "pointer" && place.sizeBytes === 8) {
    return pointer({ kind: "kernel", typeId: found.typeId, isWord: false }, slot);
  }
  return unknownScalar(slot, place.sizeBytes);
}
