/** What was relied on in a state that was walked holds for the state that is not walked because of it. */

import { markRead } from "./stack.ts";
import type { State } from "./state.ts";
import { markPrecise, type Value } from "./value.ts";

/** `old` was walked, `current` is spared: what came before `current` must know as much. */
export function passOn(old: State, current: State): void {
  old.frames.forEach((frame, index) => {
    const other = current.frames[index]!;
    frame.registers.forEach((value, register) => {
      passOnValue(value, other.registers[register]);
    });
    frame.stack.forEach((slot, at) => {
      const counterpart = other.stack[at];
      if (slot === undefined || counterpart === undefined) return;
      if (slot.read) markRead(counterpart);
      passOnValue(slot.value, counterpart.value);
    });
  });
}

function passOnValue(old: Value | undefined, current: Value | undefined): void {
  if (old?.kind === "scalar" && old.precise && current?.kind === "scalar") markPrecise(current);
}

/** All of it is relied on: of a state that is still being walked nobody knows yet what will be. */
export function relyOnAll(current: State): void {
  for (const { registers, stack } of current.frames) {
    for (const value of registers) if (value?.kind === "scalar") markPrecise(value);
    for (const slot of stack) {
      if (slot === undefined) continue;
      markRead(slot);
      if (slot.value?.kind === "scalar") markPrecise(slot.value);
    }
  }
}
