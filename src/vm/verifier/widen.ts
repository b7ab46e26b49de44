/** Numbers that change from turn to turn of a loop, and that nothing relied on yet, become any number. */

import { equalRanges } from "./range.ts";
import type { State } from "./state.ts";
import { type Scalar, unknownScalar, type Value } from "./value.ts";

/** Changes `current`, which came back to where `old` was. */
export function widen(old: State, current: State): void {
  const made = new Map<Scalar, Scalar>();
  const widened = (before: Value | undefined, now: Value | undefined): Value | undefined => {
    if (before?.kind !== "scalar" || now?.kind !== "scalar" || before.precise || now.precise) return now;
    if (equalRanges(before.range, now.range)) return now;
    const known = made.get(now) ?? { ...unknownScalar(now.madeAt), sources: [now] };
    made.set(now, known);
    return known;
  };
  current.frames.forEach(({ registers, stack }, index) => {
    const before = old.frames[index];
    if (before === undefined) return;
    registers.forEach((value, register) => {
      registers[register] = widened(before.registers[register], value);
    });
    stack.forEach((slot, at) => {
      if (slot?.value === undefined || slot.bytes !== wholeSlot) return;
      const value = widened(before.stack[at]?.value, slot.value);
      if (value !== slot.value) stack[at] = { ...slot, value, before: slot, read: false };
    });
  });
}

/** Eight bytes that are kept. */
const wholeSlot = 0xffff;
