/**
 * For tests: programs in pairs, one right, and one that differs in what breaks a rule. In their text `{right|wrong}` is what
 * the one and the other have in a place.
 */

import { helperIds } from "../../../isa/index.ts";
import type { HookKind } from "../../../spec/index.ts";
import type { Rule } from "../refusal.ts";

export interface Pair {
  readonly rule: Rule;
  readonly title: string;
  readonly hook: HookKind;
  readonly license?: string;
  readonly text: string;
}

export const pair = (rule: Rule, title: string, text: string, hook: HookKind = "socketFilter"): Pair => ({
  ...{ rule, title, hook, text },
});

/** The right or the wrong one of a pair; `call NAME` is the call of a helper by its number. */
export function sideOf({ text }: Pair, side: "right" | "wrong"): string {
  return text
    .replaceAll(/\{([^|{}]*)\|([^|{}]*)\}/g, (_, right: string, wrong: string) => (side === "right" ? right : wrong))
    .replaceAll(/call (bpf_\w+)/g, (_, name: string) => `call ${helperIds[name as keyof typeof helperIds]}`);
}

export const end = "mov %r0, 0; exit";

export const lookUp = (map: string) =>
  `stw [%r10-4], 0; mov %r2, %r10; add %r2, -4; map ${map} %r1; call bpf_map_lookup_elem`;

export const found = (map: string) => `${lookUp(map)}; jne %r0, 0, +2; ${end}`;

export const reserved = "map events %r1; mov %r2, 16; mov %r3, 0; call bpf_ringbuf_reserve";

export const record = `${reserved}; jne %r0, 0, +2; ${end}; mov %r6, %r0`;

export const submit = "mov %r1, %r6; mov %r2, 0; call bpf_ringbuf_submit";

/** Fourteen bytes of a packet are in r2, of which 14 are known to be there. */
export const packet = `ldxw %r2, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r2; add %r4, 14; jle %r4, %r3, +2; ${end}`;

export const unknown = "call bpf_get_prandom_u32";

export const sizes = [
  ["b", 1],
  ["h", 2],
  ["w", 4],
  ["dw", 8],
] as const;

/** One byte in front of and behind an object of `all` bytes at `base`, read and written, at every size. */
export function bounds(
  what: string,
  rule: Rule,
  all: number,
  before: string,
  after: string,
  hook?: HookKind,
  writes = true,
): Pair[] {
  return sizes.flatMap(([letter, size]) => {
    const accesses = (offset: string) => [
      ["read", `ldx${letter} %r1, [%r7${offset}]`],
      ...(writes ? [["written", `st${letter} [%r7${offset}], 0`]] : []),
    ];
    const below = accesses("{+0|-1}");
    const above = accesses(`{+${all - size}|+${all - size + 1}}`);
    return [
      ...below.map(([done, text]) =>
        pair(rule, `${size} bytes in front of ${what} are ${done}`, `${before}; ${text}; ${after}`, hook),
      ),
      ...above.map(([done, text]) =>
        pair(rule, `${size} bytes behind ${what} are ${done}`, `${before}; ${text}; ${after}`, hook),
      ),
    ];
  });
}
