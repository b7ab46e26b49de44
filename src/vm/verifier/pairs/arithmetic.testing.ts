/** For tests: pairs of programs. Arithmetic. */

import { end, found, lookUp, type Pair, packet, pair, record, reserved, submit, unknown } from "./pair.testing.ts";

export const arithmeticPairs: readonly Pair[] = [
  ...["mul", "div", "mod", "and", "or", "xor", "lsh", "rsh", "arsh"].map((name) =>
    pair("pointerArithmetic", `an address is changed by ${name}`, `mov %r6, 1; ${name} %r{6|1}, 2; ${end}`),
  ),
  pair(
    "pointerArithmetic",
    "an address is subtracted from a number",
    `mov %r6, 9; mov %r7, {1|%r10}; sub %r6, %r7; ${end}`,
  ),
  pair("pointerArithmetic", "two addresses are added", `mov %r6, %r10; mov %r7, {8|%r10}; add %r6, %r7; ${end}`),
  pair("pointerArithmetic", "half an address is added to", `mov %r6, {0|%r10}; add32 %r6, 1; ${end}`),
  pair("pointerArithmetic", "a map is moved", `{value global+0 %r6|map values %r6}; add %r6, 1; ${end}`),
  pair("pointerArithmetic", "the end of a packet is moved", `${packet}; add %r{2|3}, 1; ${end}`, "tcxIngress"),
  pair("pointerArithmetic", "a constant that is too far", `mov %r6, %r10; add %r6, {-8|536870912}; ${end}`),
  pair(
    "pointerArithmetic",
    "a distance without a bound",
    `${found("values")}; mov %r7, %r0; call bpf_ktime_get_ns; {and %r0, 63|mov %r1, 0}; add %r7, %r0; ${end}`,
  ),
  pair(
    "pointerArithmetic",
    "the context is moved by what nobody knows",
    `mov %r6, %r1; ${unknown}; and %r0, 7; add %r{0|6}, %r0; ${end}`,
  ),
  pair(
    "mayBeNull",
    "a value that may be null is read",
    `{${found("flows")}|${lookUp("flows")}}; ldxdw %r1, [%r0+0]; ${end}`,
  ),
  pair(
    "mayBeNull",
    "a value that may be null is written",
    `{${found("flows")}|${lookUp("flows")}}; stdw [%r0+0], 1; ${end}`,
  ),
  pair("mayBeNull", "a value that may be null is moved", `{${found("flows")}|${lookUp("flows")}}; add %r0, 8; ${end}`),
  pair(
    "notAPointer",
    "a value that is null is read",
    `${lookUp("flows")}; j{eq|ne} %r0, 0, +1; ldxdw %r1, [%r0+0]; ${end}`,
  ),
  pair(
    "mayBeNull",
    "a record that may be null is written",
    `{${record}|${reserved}; mov %r6, %r0}; stdw [%r6+0], 1; ${submit}; ${end}`,
  ),
  pair(
    "mayBeNull",
    "a helper gets a value that may be null",
    `{${found("flows")}|${lookUp("flows")}}; mov %r3, %r0; mov %r2, %r10; add %r2, -4; map flows %r1; mov %r4, 0; call bpf_map_update_elem; ${end}`,
  ),
  pair(
    "mayBeNull",
    "the inner map of a look-up may be null",
    `{${found("outer")}|${lookUp("outer")}}; mov %r1, %r0; mov %r2, %r10; add %r2, -4; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "mayBeNull",
    "one look-up is checked, another is used",
    `${lookUp("flows")}; mov %r6, %r0; ${lookUp("flows")}; jne %r{6|0}, 0, +2; ${end}; ldxb %r1, [%r6+0]; ${end}`,
  ),
];
