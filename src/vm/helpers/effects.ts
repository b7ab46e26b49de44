/** What programs asked of the world outside, which a sandbox only notes: packets sent elsewhere, options set, signals. */

import type { HelperName } from "../../isa/helpers.ts";
import type { Machine } from "../machine.ts";

/** One such call. */
export interface Effect {
  readonly helper: HelperName;
  /** Its numbers, without the context. */
  readonly arguments: readonly bigint[];
  /** The map that it names. */
  readonly map?: string;
  /** A packet or an option's value, as it was. */
  readonly bytes?: Uint8Array;
}

const effectsOfMachine = new WeakMap<Machine, Effect[]>();

export function recordEffect(machine: Machine, effect: Effect): void {
  const effects = effectsOfMachine.get(machine);
  if (effects === undefined) effectsOfMachine.set(machine, [effect]);
  else effects.push(effect);
}

/** What was noted since the last time, in its order. */
export function takeEffects(machine: Machine): readonly Effect[] {
  const effects = effectsOfMachine.get(machine) ?? [];
  effectsOfMachine.delete(machine);
  return effects;
}
