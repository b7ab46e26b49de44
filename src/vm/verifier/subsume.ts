/** Whether all that can happen from one state can happen from another that was walked before. */

import type { RegisterSet } from "./liveness.ts";
import { constantOf, equalRanges, rangeHolds } from "./range.ts";
import { byteState, byteStates, keptBytes, type StackSlot } from "./stack.ts";
import type { Frame, State } from "./state.ts";
import { markPrecise, type Pointer, type Scalar, type Target, type Value } from "./value.ts";

/** How like two states must be. */
export type Likeness =
  /** What was relied on is alike: the first was walked to its ends, so that this is known. */
  | "asUsed"
  /** Every number of the second is one of the first. */
  | "within"
  /** They are the same. */
  | "same";

/** Ids and shared numbers of the one state, and which they are in the other. */
interface Correspondence {
  readonly forth: Map<unknown, unknown>;
  readonly back: Map<unknown, unknown>;
}

function corresponds({ forth, back }: Correspondence, old: unknown, current: unknown): boolean {
  const known = forth.get(old);
  const reverse = back.get(current);
  if (known === undefined && reverse === undefined) {
    forth.set(old, current);
    back.set(current, old);
    return true;
  }
  return known === current && reverse === old;
}

/** `live` says of each frame which registers are still read. */
export function subsumes(old: State, current: State, live: readonly RegisterSet[], likeness: Likeness): boolean {
  if (old.frames.length !== current.frames.length || old.references.length !== current.references.length) return false;
  const same: Correspondence = { forth: new Map(), back: new Map() };
  for (let index = 0; index < old.references.length; index++) {
    const [one, other] = [old.references[index]!, current.references[index]!];
    if (one.what !== other.what || one.slot !== other.slot || !corresponds(same, one.id, other.id)) return false;
  }
  if (!sameLock(old, current, same)) return false;
  return old.frames.every((frame, index) => frameSubsumes(frame, current.frames[index]!, live[index]!, likeness, same));
}

function sameLock({ lock: one }: State, { lock: other }: State, same: Correspondence): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.map === other.map && corresponds(same, one.id, other.id);
}

function frameSubsumes(
  old: Frame,
  current: Frame,
  live: RegisterSet,
  likeness: Likeness,
  same: Correspondence,
): boolean {
  if (old.entry !== current.entry || old.callSite !== current.callSite || old.kind !== current.kind) return false;
  for (let register = 0; register < 10; register++) {
    const value = old.registers[register];
    if ((live & (1 << register)) === 0 || value === undefined) continue;
    if (!valueSubsumes(value, current.registers[register], likeness, same)) return false;
  }
  for (let index = 0; index < old.stack.length; index++) {
    const slot = old.stack[index];
    if (slot === undefined || (likeness === "asUsed" && !slot.read)) continue;
    if (!slotSubsumes(slot, current.stack[index], likeness, same)) return false;
  }
  // An iterator that the old state does not have would be walked over.
  return current.stack.every(
    (slot, index) => slot?.value?.kind !== "iterator" || old.stack[index]?.value?.kind === "iterator",
  );
}

function valueSubsumes(old: Value, current: Value | undefined, likeness: Likeness, same: Correspondence): boolean {
  if (old === current) return old.kind !== "scalar" || corresponds(same, old, current);
  if (current === undefined || old.kind !== current.kind) return false;
  switch (old.kind) {
    case "scalar":
      return scalarSubsumes(old, current as Scalar, likeness, same);
    case "pointer":
      return pointerSubsumes(old, current as Pointer, likeness, same);
    default: {
      const other = current as typeof old;
      // A loop that asks for the next number goes on, whatever else stays the same.
      if (likeness === "same" && old.turns !== other.turns) return false;
      return old.ended === other.ended && corresponds(same, old.reference, other.reference);
    }
  }
}

function scalarSubsumes(old: Scalar, current: Scalar, likeness: Likeness, same: Correspondence): boolean {
  if (likeness === "same") return equalRanges(old.range, current.range) && corresponds(same, old, current);
  if (likeness === "asUsed" && !old.precise) return true;
  if (!rangeHolds(old.range, current.range)) return false;
  // A constant stands for itself, whoever else has it.
  if (constantOf(old.range) !== undefined) return true;
  const known = same.forth.get(old);
  if (known === undefined) {
    same.forth.set(old, current);
    return true;
  }
  return known === current;
}

function pointerSubsumes(old: Pointer, current: Pointer, likeness: Likeness, same: Correspondence): boolean {
  if (old.offset !== current.offset || !sameTarget(old.to, current.to, same)) return false;
  if ((old.nullId === 0) !== (current.nullId === 0) || (old.reference === 0) !== (current.reference === 0))
    return false;
  if (old.nullId !== 0 && !corresponds(same, old.nullId, current.nullId)) return false;
  if (old.reference !== 0 && !corresponds(same, old.reference, current.reference)) return false;
  if (old.knownBytes > current.knownBytes || (likeness === "same" && old.knownBytes !== current.knownBytes))
    return false;
  if (old.variable === undefined || current.variable === undefined) return old.variable === current.variable;
  return scalarSubsumes(old.variable, current.variable, likeness === "asUsed" ? "within" : likeness, same);
}

function sameTarget(old: Target, current: Target, same: Correspondence): boolean {
  if (old === current) return old.kind !== "mapValue" || corresponds(same, old.id, (current as typeof old).id);
  if (old.kind !== current.kind) return false;
  switch (old.kind) {
    case "context":
      return true;
    case "stack":
      return old.frame === (current as typeof old).frame;
    case "packet":
    case "packetEnd":
      return old.region === (current as typeof old).region;
    case "map":
    case "mapKey":
      return old.map === (current as typeof old).map;
    case "mapValue": {
      const { map, id } = current as typeof old;
      return old.map === map && corresponds(same, old.id, id);
    }
    case "memory": {
      const { name, sizeBytes, writable, writableBytes } = current as typeof old;
      const isAlike = old.name === name && old.sizeBytes === sizeBytes;
      return isAlike && old.writable === writable && old.writableBytes === writableBytes;
    }
    case "kernel": {
      const { typeId, isWord } = current as typeof old;
      return old.typeId === typeId && old.isWord === isWord;
    }
    case "socket":
      return old.of === (current as typeof old).of;
    default:
      return old.slot === (current as typeof old).slot;
  }
}

function slotSubsumes(
  old: StackSlot,
  current: StackSlot | undefined,
  likeness: Likeness,
  same: Correspondence,
): boolean {
  if (old === current && old.value === undefined) return true;
  if (old.value !== undefined && old.value.kind !== "scalar") {
    return (
      current?.value !== undefined &&
      current.bytes === old.bytes &&
      valueSubsumes(old.value, current.value, likeness, same)
    );
  }
  if (current?.value !== undefined && current.value.kind !== "scalar") return false;
  if (old.value !== undefined && current?.value !== undefined && keptBytes(old) === keptBytes(current)) {
    if (!valueSubsumes(old.value, current.value, likeness, same)) return false;
  } else if (old.value !== undefined && (likeness !== "asUsed" || (old.value as Scalar).precise)) {
    return false;
  }
  for (let byte = 0; byte < 8; byte++) {
    if (!byteSubsumes(byteState(old, byte), byteState(current, byte), current, likeness)) return false;
  }
  return true;
}

type State8 = ReturnType<typeof byteState>;

function byteSubsumes(old: State8, current: State8, slot: StackSlot | undefined, likeness: Likeness): boolean {
  if (likeness === "same") return old === current;
  if (old === byteStates.unwritten) return true;
  if (current === byteStates.unwritten) return false;
  if (old !== byteStates.zero || current === byteStates.zero) return true;
  if (current !== byteStates.kept || slot?.value?.kind !== "scalar" || constantOf(slot.value.range) !== 0n)
    return false;
  markPrecise(slot.value);
  return true;
}
