/** What every check of the walk is given: the program, the state in front of an instruction, and what is found out on the way. */

import type { Btf } from "../../btf/index.ts";
import type { HookSpec, LineInfo, ProgramSpec } from "../../spec/index.ts";
import type { Code } from "./code.ts";
import type { ObjectKind } from "./facts.ts";
import type { HookModel } from "./hook-model.ts";
import type { Range } from "./range.ts";
import { refuse } from "./refusal.ts";
import { type State, topOf } from "./state.ts";
import type { Value } from "./value.ts";

export interface WalkContext {
  readonly code: Code;
  readonly program: ProgramSpec;
  readonly hook: HookModel;
  readonly hookSpec: HookSpec;
  readonly types: Btf | undefined;
  readonly isGpl: boolean;
  /** The state in front of the instruction at `slot`; an instruction changes it in place. */
  state: State;
  slot: number;
  /** Ids of look-ups and references: each is given once. */
  nextId: number;
  /** What each access goes to. */
  readonly accesses: Map<number, Set<ObjectKind>>;
  /** The bytes of stack that each function writes or hands out, by the slot where it begins. */
  readonly stackBytes: Map<number, number>;
  /** Which function calls which, as `caller callee`, by the slots where they begin. */
  readonly calls: Set<string>;
  /** How much of a context of plain bytes is looked at. */
  contextBytes: number;
  /** Functions that run later, and what they are handed; each is walked once. */
  readonly later: { readonly slot: number; readonly registers: readonly (Value | undefined)[] }[];
}

export const newId = (walk: WalkContext): number => walk.nextId++;

/** What stands in a register; refused where nothing ever did. */
export function readRegister(walk: WalkContext, register: number): Value {
  const value = topOf(walk.state).registers[register];
  if (value === undefined) {
    return register === 0
      ? refuse("unwritten", "r0 was never given a value on this way", "give back a value on every way")
      : refuse("unwritten", `r${register} was never given a value on this way`, "write to it first");
  }
  return value;
}

export function writeRegister(walk: WalkContext, register: number, value: Value | undefined): void {
  if (register === 10) refuse("framePointer", "r10 is the frame pointer and only read", "use another register");
  topOf(walk.state).registers[register] = value;
}

export function noteAccess(walk: WalkContext, kind: ObjectKind): void {
  const known = walk.accesses.get(walk.slot);
  if (known === undefined) walk.accesses.set(walk.slot, new Set([kind]));
  else known.add(kind);
}

/** The line of source of a slot. */
export function lineOf({ lines }: ProgramSpec, slot: number): LineInfo | undefined {
  return lines.findLast((line) => line.slot <= slot);
}

const textLength = 60;

/** What made a value, by its line of source, or the register that it is in. */
export function nameOf(walk: WalkContext, value: Value | undefined, register: number): string {
  const { program, types, slot } = walk;
  if (value === undefined || value.madeAt < 0 || types === undefined) return `r${register}`;
  const line = lineOf(program, value.madeAt);
  if (line === undefined) return `r${register}`;
  if (line === lineOf(program, slot)) return "this";
  const text = types.string(line.textOffset);
  return `\`${text.length <= textLength ? text : `${text.slice(0, textLength - 1)}…`}\` of line ${line.line}`;
}

/** The numbers of a range: `0 to 255`. */
export function inWords({ unsignedLeast, unsignedMost, signedLeast, signedMost }: Range): string {
  if (signedLeast === signedMost) return `${signedLeast}`;
  if (unsignedLeast === 0n && unsignedMost === 2n ** 64n - 1n) {
    if (signedLeast === -(2n ** 63n) && signedMost === 2n ** 63n - 1n) return "any number";
    if (signedLeast === -(2n ** 63n)) return `any number up to ${signedMost}, negative ones too`;
    if (signedMost === 2n ** 63n - 1n) return `any number from ${signedLeast} on`;
    return `${signedLeast} to ${signedMost}`;
  }
  return `${unsignedLeast} to ${unsignedMost}`;
}

/** A value in the words of the author of a program. */
export function kindInWords(value: Value): string {
  if (value.kind === "scalar") return "a number";
  if (value.kind === "iterator") return "an iterator";
  const what = targetWords[value.to.kind];
  return value.nullId === 0 ? what : `${what}, or null`;
}

const targetWords = {
  stack: "a place on the stack",
  context: "what the hook hands over",
  packet: "a place in a packet",
  packetEnd: "the end of a packet",
  map: "a map",
  mapValue: "a value of a map",
  mapKey: "a key of a map",
  memory: "memory",
  kernel: "a structure of the kernel",
  socket: "a socket",
  function: "a function",
} as const;
