/** What is known at one point of one way through a program: frames with registers and stacks, and what must be given back. */

import type { MapSpec } from "../../spec/index.ts";
import type { StackSlot } from "./stack.ts";
import type { Iterator, Pointer, Scalar, Value } from "./value.ts";

/** Why a frame is there. */
export type FrameKind =
  /** The program, or a subprogram that was called. */
  | "call"
  /** A function that a helper calls, any number of times. */
  | "callback"
  /** A function that runs later, on its own. */
  | "later";

export interface Frame {
  readonly kind: FrameKind;
  /** The slot where its function begins. */
  readonly entry: number;
  /** The slot of the call, in the frame below. */
  readonly callSite: number;
  /** How many references there were when it was entered. */
  readonly referencesBefore: number;
  /** `undefined`: never given a value. */
  readonly registers: (Value | undefined)[];
  readonly stack: (StackSlot | undefined)[];
}

/** Something that must be given back on every way. */
export interface Reference {
  readonly id: number;
  readonly what: "record" | "socket" | "iterator" | "object";
  /** Where it was taken. */
  readonly slot: number;
}

/** A lock that is held: the map's value it is in. */
export interface HeldLock {
  readonly map: MapSpec;
  readonly id: number;
  readonly slot: number;
}

export interface State {
  readonly frames: Frame[];
  references: readonly Reference[];
  lock: HeldLock | undefined;
}

export const topOf = ({ frames }: State): Frame => frames[frames.length - 1]!;

export function newFrame(kind: FrameKind, entry: number, callSite: number, referencesBefore: number): Frame {
  return { kind, entry, callSite, referencesBefore, registers: new Array(11).fill(undefined), stack: [] };
}

export function copyState({ frames, references, lock }: State): State {
  return {
    frames: frames.map((frame) => ({ ...frame, registers: frame.registers.slice(), stack: frame.stack.slice() })),
    references,
    lock,
  };
}

/** Puts `change(value)` wherever a value stands, in every frame. */
function changeValues(state: State, change: (value: Value) => Value | undefined): void {
  for (const { registers, stack } of state.frames) {
    for (let index = 0; index < registers.length; index++) {
      const value = registers[index];
      if (value !== undefined) registers[index] = change(value);
    }
    for (let index = 0; index < stack.length; index++) {
      const slot = stack[index];
      if (slot?.value === undefined) continue;
      const value = change(slot.value);
      if (value !== slot.value) stack[index] = { ...slot, value, before: slot, read: false };
    }
  }
}

/** Another number is known of a value: of every place where it stands, and of pointers that are it beyond their object. */
export function replaceScalar(state: State, old: Scalar, next: Scalar): void {
  changeValues(state, (value) => (value === old ? next : value));
}

/** A pointer that may be null is not null, or is: `instead` says what becomes of each of that id. */
export function replacePointers(
  state: State,
  isMeant: (pointer: Pointer) => boolean,
  instead: (pointer: Pointer) => Value,
): void {
  changeValues(state, (value) => (value.kind === "pointer" && isMeant(value) ? instead(value) : value));
}

export function replaceIterator(state: State, reference: number, next: Iterator): void {
  changeValues(state, (value) => (value.kind === "iterator" && value.reference === reference ? next : value));
}
