/** Where the value of a register came from, found backwards through the verifier's steps. */

import type { Step } from "./verifier-trace.ts";

const assignment = /^[rw](\d+) ([^=\s]*)= (.*)$/;
const register = /^[rw](\d+)$/;
const fetch = /^[rw](\d+) = (?:atomic|xchg|cmpxchg)/;
const spillTo = (slot: string): RegExp =>
  new RegExp(`^\\*\\(u64 \\*\\)\\(r10 ${slot.replace("+", "\\+")}\\) = r(\\d+)$`);

/** The step that made what register `wanted` holds in front of step `before`; copies and spills are seen through. */
export function originOf(steps: readonly Step[], wanted: number, before = steps.length - 1): Step | undefined {
  for (let at = before - 1; at >= 0; at--) {
    const step = steps[at]!;
    if (step.text.startsWith("call ")) {
      if (wanted === 0) return step;
      continue;
    }
    if (fetch.test(step.text) && fetch.exec(step.text)![1] === String(wanted)) return step;
    const [, target, operator, source] = assignment.exec(step.text) ?? [];
    if (target !== String(wanted)) continue;
    const from = register.exec(source!)?.[1];
    // Of a pointer that is moved it is the distance that may be wrong.
    if (from !== undefined && (operator === "" || isPointer(steps, wanted, at)))
      return originOf(steps, Number(from), at) ?? step;
    const [, spilled] = /^\*\(u64 \*\)\(r10 ([+-]\d+)\)$/.exec(source!) ?? [];
    if (operator === "" && spilled !== undefined) return originOfSpill(steps, spilled, at) ?? step;
    // `r6 &= 255` and its like narrow what is there.
    return step;
  }
  return undefined;
}

function originOfSpill(steps: readonly Step[], slot: string, before: number): Step | undefined {
  const spill = spillTo(slot);
  for (let at = before - 1; at >= 0; at--) {
    const [, from] = spill.exec(steps[at]!.text) ?? [];
    if (from !== undefined) return originOf(steps, Number(from), at);
  }
  return undefined;
}

/** What is known of a register in front of step `before`. */
export function stateOf(steps: readonly Step[], wanted: number, before = steps.length - 1): string | undefined {
  for (let at = before - 1; at >= 0; at--) {
    const known = steps[at]!.states.get(wanted);
    if (known !== undefined) return known;
  }
  return undefined;
}

function isPointer(steps: readonly Step[], wanted: number, before: number): boolean {
  return /^(map_value|pkt|fp|mem|ctx|ptr|buf|ringbuf|alloc)/.test(stateOf(steps, wanted, before) ?? "");
}

/** The numbers that a register may hold, as its state says; `undefined` where it says nothing. */
export interface ValueRange {
  readonly least?: bigint;
  readonly most?: bigint;
}

/** `scalar(smin=smin32=0,smax=umax=255,…)` and `5`. */
export function rangeOf(state: string): ValueRange {
  const plain = /^(?:P)?(-?(?:0x[0-9a-f]+|\d+))$/.exec(state)?.[1] ?? /^scalar\(imm=(-?\d+)/.exec(state)?.[1];
  if (plain !== undefined) return { least: numberOf(plain), most: numberOf(plain) };
  const bounds = new Map<string, bigint>();
  for (const [, names, value] of state.matchAll(/((?:[su]m(?:in|ax)(?:32)?=)+)(-?(?:0x[0-9a-f]+|\d+))/g)) {
    for (const name of names!.split("=").filter((part) => part !== "")) bounds.set(name, numberOf(value!));
  }
  const least = bounds.get("smin") ?? bounds.get("umin");
  const most = bounds.get("umax") ?? bounds.get("smax");
  return { ...(least !== undefined && { least }), ...(most !== undefined && { most }) };
}

function numberOf(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}
