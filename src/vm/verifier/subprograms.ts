/** Calls of the program's own functions, and the ways out of them. */

import type { CalledBack } from "./calls.ts";
import { isWord } from "./pointer-arithmetic.ts";
import { refuse } from "./refusal.ts";
import { newFrame, type State, topOf } from "./state.ts";
import { markPrecise, pointer, type Value } from "./value.ts";
import { inWords, kindInWords, nameOf, readRegister, type WalkContext } from "./walk-context.ts";

/** `MAX_CALL_FRAMES`. */
const mostFrames = 8;

function pushFrame(walk: WalkContext, state: State, kind: "call" | "callback", entry: number): void {
  if (state.frames.length >= mostFrames) {
    refuse("callDepth", `functions call one another more than ${mostFrames} deep here`, "call fewer from one another");
  }
  const frame = newFrame(kind, entry, walk.slot, state.references.length);
  frame.registers[10] = pointer({ kind: "stack", frame: state.frames.length }, -1);
  state.frames.push(frame);
}

/** Enters a function. Gives the slot where it begins. */
export function callFunction(walk: WalkContext, entry: number): number {
  const { state } = walk;
  if (state.lock !== undefined) {
    refuse(
      "lock",
      "a function is called while a lock is held",
      "work out the value first, then `lock`, write it, `unlock`",
    );
  }
  const { registers } = topOf(state);
  walk.calls.add(`${topOf(state).entry} ${entry}`);
  pushFrame(walk, state, "call", entry);
  const callee = topOf(state);
  for (let register = 1; register <= 5; register++) {
    callee.registers[register] = registers[register];
    registers[register] = undefined;
  }
  registers[0] = undefined;
  return entry;
}

/** Enters a function that a helper calls. */
export function enterCallback(walk: WalkContext, state: State, callback: CalledBack): void {
  walk.calls.add(`${topOf(state).entry} ${callback.slot}`);
  topOf(state).registers[0] = undefined;
  pushFrame(walk, state, "callback", callback.slot);
  const { registers } = topOf(state);
  callback.arguments.forEach((value, index) => {
    registers[index + 1] = value;
  });
}

/** `exit`: gives the slot where the caller goes on; `undefined` where the program ends. */
export function leaveFunction(walk: WalkContext): number | undefined {
  const { state } = walk;
  const frame = topOf(state);
  if (frame.kind === "later") {
    checkRange(walk, "callbackReturn", readRegister(walk, 0), [{ least: 0, most: 0 }]);
    checkNothingHeld(walk, 0);
    return undefined;
  }
  if (state.frames.length === 1) {
    checkResult(walk);
    checkNothingHeld(walk, 0);
    return undefined;
  }
  if (frame.kind === "callback") {
    checkRange(walk, "callbackReturn", readRegister(walk, 0), [{ least: 0, most: 1 }]);
    checkNothingHeld(walk, frame.referencesBefore);
    state.frames.pop();
    return frame.callSite;
  }
  const result = frame.registers[0];
  if (result?.kind === "pointer" && result.to.kind === "stack" && result.to.frame === state.frames.length - 1) {
    refuse("stackEscape", "a place on the stack of this function is given back", "give back the value, not its place");
  }
  state.frames.pop();
  topOf(state).registers[0] = result;
  return frame.callSite + 1;
}

function checkNothingHeld({ state }: WalkContext, before: number): void {
  const { references, lock } = state;
  if (lock !== undefined) refuse("lock", "the program ends while a lock is held", "`unlock` on every way");
  const left = references[before];
  if (left !== undefined) {
    refuse(
      "reference",
      `the ${left.what} that was taken at slot ${left.slot} is not given back on this way`,
      "end every way with `submit` or `discard` for a record, and a release for what was looked up",
    );
  }
}

interface Span {
  readonly least: number;
  readonly most: number;
}

function checkResult(walk: WalkContext): void {
  const value = readRegister(walk, 0);
  const { returns } = walk.hook;
  switch (returns.kind) {
    case "any":
      if (value.kind !== "scalar" && !isWord(value))
        refuse("returnValue", `${kindInWords(value)} is given back`, "give back a number");
      return;
    case "range":
      return checkRange(walk, "returnValue", value, [returns]);
    default:
      return checkRange(
        walk,
        "returnValue",
        value,
        returns.values.map((one) => ({ least: one, most: one })),
      );
  }
}

/** The number lies in one of the spans, as a whole or by its low 32 bits. */
function checkRange(
  walk: WalkContext,
  rule: "returnValue" | "callbackReturn",
  value: Value,
  spans: readonly Span[],
): void {
  const allowed = spans.map(({ least, most }) => (least === most ? `${least}` : `${least} to ${most}`)).join(" or ");
  if (value.kind !== "scalar") {
    return refuse(rule, `${kindInWords(value)} is given back, where ${allowed} is wanted`, "give back a number");
  }
  markPrecise(value);
  const { signedLeast, signedMost, signedLeast32, signedMost32 } = value.range;
  const fits = spans.some(
    ({ least, most }) =>
      (signedLeast >= BigInt(least) && signedMost <= BigInt(most)) || (signedLeast32 >= least && signedMost32 <= most),
  );
  if (fits) return;
  const taker = rule === "returnValue" ? `a ${walk.hook.name} program` : "a function that is called back";
  refuse(
    rule,
    `${nameOf(walk, value, 0)} is given back, which may be ${inWords(value.range)}; ${taker} gives back ${allowed}`,
    rule === "returnValue" ? "return one of the hook's own verdicts" : "return 0 to go on, 1 to stop",
  );
}
