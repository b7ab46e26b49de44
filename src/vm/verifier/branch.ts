/** Conditional jumps: which ways can be gone, and what is known on each. */

import * as isa from "../../isa/index.ts";
import { decide, refine } from "./condition.ts";
import { isWord } from "./pointer-arithmetic.ts";
import { type Range, rangeHolds } from "./range.ts";
import { copyState, replacePointers, replaceScalar, type State } from "./state.ts";
import { constantScalar, markPrecise, numberOf, type Pointer, type Scalar, scalar, type Value } from "./value.ts";
import { readRegister, type WalkContext } from "./walk-context.ts";

/** The states behind a jump; absent where it cannot be gone that way. */
export interface Ways {
  readonly taken?: State;
  readonly next?: State;
}

export function branch(walk: WalkContext, instruction: isa.Instruction): Ways {
  const condition = isa.conditionOf(instruction)!;
  const width: isa.Width = isa.classOf(instruction.opcode) === isa.classes.jmp ? 64 : 32;
  const left = readRegister(walk, instruction.dst);
  const right: Value = isa.usesRegister(instruction.opcode)
    ? readRegister(walk, instruction.src)
    : constantScalar(BigInt(instruction.imm), walk.slot);
  if (left.kind === "scalar" && right.kind === "scalar") return scalarWays(walk.state, condition, width, left, right);
  return pointerWays(walk, condition, width, left, right);
}

function scalarWays(state: State, condition: isa.Condition, width: isa.Width, left: Scalar, right: Scalar): Ways {
  const decided =
    left === right && condition !== isa.jset
      ? decideSame(condition)
      : decide(condition, width, left.range, right.range);
  if (decided !== undefined) {
    if (left !== right || condition === isa.jset) precise(left, right);
    return decided ? { taken: state } : { next: state };
  }
  if (left === right) return { taken: copyState(state), next: state };
  const taken = refine(condition, width, left.range, right.range, true);
  const next = refine(condition, width, left.range, right.range, false);
  if (taken === undefined || next === undefined) {
    // The ranges say that it cannot be, so they are relied on.
    precise(left, right);
    if (taken === undefined && next === undefined) return { taken: copyState(state), next: state };
    return taken !== undefined ? { taken: state } : { next: state };
  }
  const other = copyState(state);
  learn(other, left, right, taken);
  learn(state, left, right, next);
  return { taken: other, next: state };
}

function precise(left: Scalar, right: Scalar): void {
  markPrecise(left);
  markPrecise(right);
}

/** A number compared with itself; not its bits, which depend on which it is. */
function decideSame({ name }: isa.Condition): boolean {
  return ["jeq", "jge", "jle", "jsge", "jsle"].includes(name);
}

function learn(state: State, left: Scalar, right: Scalar, [leftRange, rightRange]: readonly [Range, Range]): void {
  narrow(state, left, leftRange, right);
  narrow(state, right, rightRange, left);
}

function narrow(state: State, old: Scalar, range: Range, other: Scalar): void {
  if (range === old.range || rangeHolds(range, old.range)) return;
  replaceScalar(state, old, scalar(range, old.madeAt, [old, other]));
}

function pointerWays(walk: WalkContext, condition: isa.Condition, width: isa.Width, left: Value, right: Value): Ways {
  const { state } = walk;
  const isEquality = condition === isa.jeq || condition === isa.jne;
  if (width === 64 && isEquality && left.kind === "pointer" && numberOf(right) === 0n) {
    return nullWays(walk, left, condition === isa.jeq);
  }
  if (width === 64 && isEquality && right.kind === "pointer" && numberOf(left) === 0n) {
    return nullWays(walk, right, condition === isa.jeq);
  }
  const taken = copyState(state);
  if (width === 64 && left.kind === "pointer" && right.kind === "pointer") {
    learnPacket(taken, condition, left, right, true);
    learnPacket(state, condition, left, right, false);
  }
  return { taken, next: state };
}

/** A pointer compared with null. */
function nullWays(walk: WalkContext, value: Pointer, jumpsIfNull: boolean): Ways {
  const { state, slot } = walk;
  const isNull = copyState(state);
  if (isWord(value)) {
    replacePointers(
      isNull,
      (one) => one === value,
      () => constantScalar(0n, slot),
    );
    return jumpsIfNull ? { taken: isNull, next: state } : { taken: state, next: isNull };
  }
  if (value.nullId === 0) {
    // Reads of kernel structures give pointers that may be null all the same.
    if (value.to.kind === "kernel") return { taken: isNull, next: state };
    return jumpsIfNull ? { next: state } : { taken: state };
  }
  const { nullId, reference } = value;
  const isMeant = (one: Pointer) => one.nullId === nullId;
  replacePointers(isNull, isMeant, () => constantScalar(0n, slot));
  // What was not given must not be given back.
  if (reference !== 0) isNull.references = isNull.references.filter(({ id }) => id !== reference);
  replacePointers(state, isMeant, (one) => ({ ...one, nullId: 0 }));
  return jumpsIfNull ? { taken: isNull, next: state } : { taken: state, next: isNull };
}

/** Which side is how much smaller where the condition holds: `p <= end`, or `p < end`. */
const orders: Readonly<Record<string, { readonly smaller: "left" | "right"; readonly strict: boolean }>> = {
  jgt: { smaller: "right", strict: true },
  jge: { smaller: "right", strict: false },
  jlt: { smaller: "left", strict: true },
  jle: { smaller: "left", strict: false },
};
const opposite: Readonly<Record<string, string>> = { jgt: "jle", jge: "jlt", jlt: "jge", jle: "jgt" };

/** A place in a packet that is not behind its end: so many bytes are there. */
function learnPacket(state: State, condition: isa.Condition, left: Pointer, right: Pointer, holds: boolean): void {
  const name = holds ? condition.name : opposite[condition.name];
  const order = name === undefined ? undefined : orders[name];
  if (order === undefined) return;
  const [place, end] = order.smaller === "left" ? [left, right] : [right, left];
  if (place.to.kind !== "packet" || !isEndOf(place.to.region, end)) return;
  const most = Number(place.variable?.range.unsignedMost ?? 0n);
  // A place so far behind may be in front again.
  if (place.offset < 0 || most > 0xffff || most + place.offset > 0xffff) return;
  if (place.variable !== undefined) markPrecise(place.variable);
  const knownBytes = place.offset + (order.strict ? 1 : 0);
  const { region } = place.to;
  const { variable } = place;
  replacePointers(
    state,
    (one) =>
      one.to.kind === "packet" && one.to.region === region && one.variable === variable && one.knownBytes < knownBytes,
    (one) => ({ ...one, knownBytes }),
  );
}

function isEndOf(region: string, { to, offset, variable }: Pointer): boolean {
  if (offset !== 0 || variable !== undefined) return false;
  if (to.kind === "packetEnd") return to.region === region;
  // What a program wrote in front of a packet ends where the packet begins.
  return region === "meta" && to.kind === "packet" && to.region === "packet";
}
