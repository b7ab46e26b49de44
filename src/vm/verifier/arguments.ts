/** The arguments of a helper: one check a kind (`check_func_arg` of the kernel). */

import type { HelperName } from "../../isa/index.ts";
import type { MapSpec } from "../../spec/index.ts";
import { mapFlags } from "../../spec/index.ts";
import { specialFieldsOf } from "./map-fields.ts";
import { checkPlain, type Place } from "./memory.ts";
import type { ArgumentRule, Prototype } from "./prototypes.ts";
import { refuse } from "./refusal.ts";
import { checkNoIterator, checkStackBounds, checkWritten, spoilBytes } from "./stack-access.ts";
import { markPrecise, numberOf, type Pointer, type Value } from "./value.ts";
import { inWords, kindInWords, nameOf, noteAccess, type WalkContext } from "./walk-context.ts";

/** What is gathered about the arguments of one call. */
export interface Arguments {
  readonly name: HelperName;
  readonly values: Value[];
  map: MapSpec | undefined;
  /** The length of a record that is made. */
  recordBytes: number;
  /** Bytes of stacks that the helper writes. */
  readonly outputs: { readonly frame: number; readonly offset: number; readonly sizeBytes: number }[];
  /** What is given back, by its reference; 0 for nothing. */
  released: number;
  functionSlot: number;
}

interface Argument {
  readonly register: number;
  readonly value: Value;
}

export function checkArgument(
  walk: WalkContext,
  given: Arguments,
  { takes }: Prototype,
  rule: ArgumentRule,
  argument: Argument,
): void {
  if (typeof rule === "object") {
    checkRegion(walk, given, argument, rule.bytes, rule.bytes, rule.output);
    return;
  }
  switch (rule) {
    case "any":
    case "memory":
    case "memoryOrNull":
    case "output":
      // Memory is checked with its length, which comes next.
      return;
    case "size":
    case "sizeOrZero":
      return checkSized(walk, given, takes[argument.register - 2]!, rule === "sizeOrZero", argument);
    case "constantSize":
      given.recordBytes = constantArgument(walk, argument);
      return;
    case "map":
      given.map = mapOf(walk, argument);
      return;
    case "mapKey":
    case "mapKeyOrNull":
      if (rule === "mapKeyOrNull" && numberOf(argument.value) === 0n) return;
      return checkRegion(walk, given, argument, given.map!.keySizeBytes, given.map!.keySizeBytes, false);
    case "mapValue":
    case "mapValueOutput":
      return checkRegion(
        walk,
        given,
        argument,
        given.map!.valueSizeBytes,
        given.map!.valueSizeBytes,
        rule === "mapValueOutput",
      );
    case "mapValueOrNull":
      if (numberOf(argument.value) === 0n) return;
      return checkRegion(walk, given, argument, given.map!.valueSizeBytes, given.map!.valueSizeBytes, false);
    case "record":
      return checkRecord(walk, given, argument);
    case "ownedSocket":
      wanted(walk, argument, ["socket"], "a socket");
      given.released = (argument.value as Pointer).reference;
      if (given.released === 0)
        refuse(
          "reference",
          `${nameOf(walk, argument.value, argument.register)} was not taken by a look-up`,
          "give back only what a look-up gave",
        );
      return;
    case "spinLock":
    case "timer":
      return checkSpecial(walk, argument, rule);
    case "function":
      wanted(walk, argument, ["function"], "a function of the program");
      given.functionSlot = (argument.value as Pointer & { readonly to: { readonly slot: number } }).to.slot;
      return;
    case "stackOrNull":
      if (numberOf(argument.value) === 0n) return;
      return wanted(walk, argument, ["stack"], "a place on the stack, or null");
    case "constantText":
      return checkConstantText(walk, argument);
    default:
      return checkObject(walk, rule, argument);
  }
}

/** Objects that are handed over whole. */
function checkObject(walk: WalkContext, rule: ArgumentRule, argument: Argument): void {
  switch (rule) {
    case "context":
      wanted(walk, argument, ["context"], "what the hook hands over");
      return checkStart(walk, argument);
    case "socket":
      return wanted(walk, argument, ["socket", "kernel"], "a socket");
    case "kernel":
      return wanted(walk, argument, ["kernel", "socket"], "a structure of the kernel");
    case "kernelOrNull":
      if (argument.value.kind === "pointer" && argument.value.to.kind === "kernel") return;
      if (numberOf(argument.value) === 0n) return;
      return wanted(walk, argument, ["kernel", "socket"], "a structure of the kernel");
    default:
      return wanted(
        walk,
        argument,
        ["kernel", "socket", "context"],
        "a structure of the kernel, or what the hook hands over",
      );
  }
}

function wanted(walk: WalkContext, { register, value }: Argument, kinds: readonly string[], words: string): void {
  const isIt = value.kind === "pointer" && kinds.includes(value.to.kind);
  if (isIt && value.nullId === 0) return;
  const name = nameOf(walk, value, register);
  if (isIt) refuse("mayBeNull", `${name} may be null`, "compare it with null first: `if (value === null) return;`");
  refuse("argument", `${name} is ${kindInWords(value)} here, where ${words} is wanted`, "hand over the right thing");
}

function checkStart(walk: WalkContext, { register, value }: Argument): void {
  const { offset, variable } = value as Pointer;
  if (offset === 0 && variable === undefined) return;
  refuse(
    "argument",
    `${nameOf(walk, value, register)} is handed over from a place inside of it`,
    "hand over the whole",
  );
}

function mapOf(walk: WalkContext, argument: Argument): MapSpec {
  wanted(walk, argument, ["map"], "a map");
  return (argument.value as Pointer & { readonly to: { readonly map: MapSpec } }).to.map;
}

function constantArgument(walk: WalkContext, { register, value }: Argument): number {
  const number = numberOf(value);
  if (value.kind !== "scalar" || number === undefined || number > 2n ** 30n) {
    const what = value.kind === "scalar" ? `may be ${inWords(value.range)}` : `is ${kindInWords(value)}`;
    return refuse(
      "argumentSize",
      `the length, ${nameOf(walk, value, register)}, ${what}, and must be known`,
      "use a constant",
    );
  }
  markPrecise(value);
  return Number(number);
}

/** Memory with the length that stands behind it. */
function checkSized(
  walk: WalkContext,
  given: Arguments,
  rule: ArgumentRule,
  zeroToo: boolean,
  { register, value }: Argument,
): void {
  const name = nameOf(walk, value, register);
  if (value.kind !== "scalar") {
    return refuse("argument", `${name} is ${kindInWords(value)} here, where a length is wanted`, "hand over a number");
  }
  markPrecise(value);
  const { signedLeast, signedMost, unsignedLeast, unsignedMost } = value.range;
  const memory: Argument = { register: register - 1, value: given.values[register - 2]! };
  if (signedLeast < 0n) {
    refuse(
      "argumentSize",
      `the length, ${name}, may be ${inWords(value.range)}, and no negative number fits here`,
      "cast it to an unsigned type and bound it: `min(u32(value), 256)`",
    );
  }
  if (signedMost >= 2n ** 29n) {
    refuse("argumentSize", `the length, ${name}, may be ${inWords(value.range)}`, "bound it: `min(length, 256)`");
  }
  if (unsignedLeast === 0n && !zeroToo) {
    refuse(
      "argumentSize",
      `the length, ${name}, may be zero, and nothing of no length is worked on here`,
      "leave out the case: `if (length === 0) return;`",
    );
  }
  // Of no bytes at all nothing is looked at.
  const mayBeNothing = rule === "memoryOrNull" || zeroToo;
  if (numberOf(memory.value) === 0n && mayBeNothing && (rule === "memoryOrNull" || unsignedMost === 0n)) {
    if (unsignedMost === 0n) return;
  }
  const words = unsignedLeast === unsignedMost ? undefined : `the length, ${name}, may be ${inWords(value.range)}`;
  checkRegion(walk, given, memory, Number(unsignedLeast), Number(unsignedMost), rule === "output", words);
}

/** Memory that a helper reads, or writes, of at least and at most so many bytes. */
function checkRegion(
  walk: WalkContext,
  given: Arguments,
  { register, value }: Argument,
  leastBytes: number,
  mostBytes: number,
  isOutput: boolean,
  length?: string,
): void {
  const name = nameOf(walk, value, register);
  if (value.kind !== "pointer") {
    return refuse(
      "argument",
      `${name} is ${kindInWords(value)} here, where memory is wanted`,
      "hand over a place in memory",
    );
  }
  if (value.nullId !== 0)
    refuse("mayBeNull", `${name} may be null`, "compare it with null first: `if (value === null) return;`");
  const place: Place = {
    pointer: value,
    register,
    offset: value.offset,
    sizeBytes: mostBytes,
    ...(length && { length }),
  };
  const { to } = value;
  switch (to.kind) {
    case "stack":
      return checkStackRegion(walk, given, place, to.frame, leastBytes, isOutput);
    case "packet":
    case "mapValue":
    case "mapKey":
    case "memory":
      if (to.kind === "mapValue" && !isOutput && (to.map.flags & mapFlags.writeOnlyInProgram) !== 0) {
        refuse("readOnly", `programs can only write to the map ${to.map.name}`, "read from a map of the program's own");
      }
      if (mostBytes > 0) checkPlain(walk, place, isOutput ? "write" : "read");
      return;
    default:
      return refuse(
        "argument",
        `${name} is ${kindInWords(value)} here, where memory is wanted`,
        "hand over a place in memory",
      );
  }
}

function checkStackRegion(
  walk: WalkContext,
  given: Arguments,
  place: Place,
  frame: number,
  leastBytes: number,
  isOutput: boolean,
): void {
  noteAccess(walk, "stack");
  if (place.sizeBytes === 0) return;
  const { least, most } = checkStackBounds(walk, place, frame);
  const spread = most + place.sizeBytes - least;
  const holder = walk.state.frames[frame]!;
  if (!isOutput) return checkWritten(holder, least, spread);
  checkNoIterator(holder, least, spread);
  // Only of a known place it is known that it is written.
  if (least === most && leastBytes > 0) given.outputs.push({ frame, offset: least, sizeBytes: leastBytes });
  spoilBytes(holder, least, spread);
}

function checkRecord(walk: WalkContext, given: Arguments, argument: Argument): void {
  const { register, value } = argument;
  wanted(walk, argument, ["memory"], "a record of a ring buffer");
  const { reference, offset, variable } = value as Pointer;
  if (reference === 0) {
    refuse(
      "reference",
      `${nameOf(walk, value, register)} is no record that was reserved`,
      "give back only what `reserve` gave",
    );
  }
  if (offset !== 0 || variable !== undefined) {
    refuse("argument", `${nameOf(walk, value, register)} is a place inside of a record`, "give back its beginning");
  }
  given.released = reference;
}

function checkSpecial(walk: WalkContext, argument: Argument, kind: "spinLock" | "timer"): void {
  const { register, value } = argument;
  wanted(walk, argument, ["mapValue"], "a place in a map's value");
  const { to, offset, variable } = value as Pointer;
  if (to.kind !== "mapValue") return;
  const found = specialFieldsOf(to.map, walk.types).some((field) => field.kind === kind && field.offset === offset);
  if (!found || variable !== undefined) {
    const what = kind === "spinLock" ? "lock" : "timer";
    refuse(
      "argument",
      `${nameOf(walk, value, register)} is no ${what} of the map ${to.map.name}`,
      `declare a ${what} in the type of its values`,
    );
  }
}

/** Text in a map that nobody can change. */
function checkConstantText(walk: WalkContext, argument: Argument): void {
  wanted(walk, argument, ["mapValue"], "constant text");
  const { to, offset, variable } = argument.value as Pointer;
  if (to.kind !== "mapValue") return;
  const text = to.map.initial;
  const isConstant =
    (to.map.flags & mapFlags.readOnlyInProgram) !== 0 && to.map.frozen === true && variable === undefined;
  if (!isConstant || text === undefined || offset < 0 || text.indexOf(0, offset) === -1) {
    refuse(
      "argument",
      `${nameOf(walk, argument.value, argument.register)} is no text that never changes`,
      "use a literal",
    );
  }
}
