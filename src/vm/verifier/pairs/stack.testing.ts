/** For tests: pairs of programs. The stack. */

import { end, found, type Pair, packet, pair, sizes, unknown } from "./pair.testing.ts";

export const stackPairs: readonly Pair[] = [
  ...sizes.map(([letter, size]) =>
    pair(
      "stackUnwritten",
      `${size} bytes of the stack that nothing wrote`,
      `st${letter} [%r10-8], 1; ldx${letter} %r1, [%r10{-8|-16}]; ${end}`,
    ),
  ),
  pair(
    "stackUnwritten",
    "the second half was never written",
    `stw [%r10-8], 1; {stw [%r10-4], 1|mov %r1, 0}; ldxdw %r1, [%r10-8]; ${end}`,
  ),
  pair(
    "stackUnwritten",
    "a key that was never written",
    `{stw [%r10-4], 0|mov %r1, 0}; mov %r2, %r10; add %r2, -4; map flows %r1; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "stackUnwritten",
    "written on one way only",
    `${unknown}; {stdw [%r10-8], 0|mov %r1, 0}; jeq %r0, 0, +1; stdw [%r10-8], 1; ldxdw %r1, [%r10-8]; ${end}`,
  ),
  pair(
    "stackUnwritten",
    "a value of which the end was never written",
    `stw [%r10-4], 0; stdw [%r10-16], 0; {stdw [%r10-24], 0|mov %r1, 0}; map queued %r1; mov %r2, %r10; add %r2, {-16|-24}; mov %r3, 0; call bpf_map_push_elem; ${end}`,
  ),
  pair(
    "stackUnwritten",
    "a place that is not known, partly unwritten",
    `stdw [%r10-8], 0; {stdw [%r10-16], 0|mov %r1, 0}; ${unknown}; and %r0, 8; mov %r1, %r10; sub %r1, %r0; ldxb %r2, [%r1-8]; ${end}`,
  ),
  pair(
    "stackVariable",
    "a place that is not known leads out of the stack",
    `stdw [%r10-8], 0; stdw [%r10-16], 0; ${unknown}; and %r0, {7|31}; mov %r1, %r10; add %r1, %r0; ldxb %r2, [%r1-16]; ${end}`,
  ),
  pair(
    "stackVariable",
    "a place that is not known is written out of the stack",
    `${unknown}; and %r0, {7|31}; mov %r1, %r10; add %r1, %r0; stb [%r1-16], 1; ${end}`,
  ),
  ...sizes
    .slice(1)
    .map(([letter, size]) =>
      pair("alignment", `${size} bytes at an odd place of the stack`, `st${letter} [%r10{-16|-15}], 1; ${end}`),
    ),
  pair(
    "unwritten",
    "the bits of a number, which it has in common with itself",
    "mov %r0, {2|0}; jset %r0, %r0, +1; mov %r0, %r5; mov %r0, 0; exit",
  ),
  pair(
    "alignment",
    "a place on the stack that is not known, and odd",
    `stdw [%r10-8], 0; stdw [%r10-16], 0; ${unknown}; and %r0, {4|6}; mov %r1, %r10; add %r1, %r0; ldxw %r2, [%r1-16]; ${end}`,
  ),
  pair("alignment", "a member of a context at an odd place", `ldx{w|h} %r2, [%r1+{8|9}]; ${end}`),
  ...(["w", "dw"] as const).map((letter) =>
    pair(
      "alignment",
      `an atomic operation at an odd place (${letter})`,
      `${found("values")}; mov %r1, 1; lock add${letter === "w" ? "32" : ""} [%r0+{8|3}], %r1; ${end}`,
    ),
  ),
  pair(
    "atomic",
    "an atomic operation on a packet",
    `${packet}; mov %r4, 1; {stxdw [%r2+0], %r4|lock add [%r2+0], %r4}; ${end}`,
    "tcxIngress",
  ),
  pair(
    "atomic",
    "an atomic operation on the context",
    `mov %r2, 1; stdw [%r10-8], 0; lock add32 [{%r10-8|%r1+8}], %r2; ${end}`,
  ),
  pair(
    "atomic",
    "an address is added atomically",
    `${found("values")}; mov %r1, {1|%r10}; lock add [%r0+0], %r1; ${end}`,
  ),
  pair(
    "stackEscape",
    "a function gives back a place on its stack",
    `mov %r1, 0; call local work; ${end}; work: stdw [%r10-8], 1; mov %r0, {0|%r10}; exit`,
  ),
  pair(
    "stackEscape",
    "a function leaves a place on its stack with its caller",
    `stdw [%r10-8], 0; mov %r1, %r10; call local work; ${end}; work: mov %r2, {0|%r10}; stxdw [%r1-8], %r2; ${end}`,
  ),
  pair(
    "stackTotal",
    "two functions need too much together",
    `stdw [%r10-{248|256}], 1; mov %r1, 0; call local work; ${end}; work: stdw [%r10-264], 1; ${end}`,
  ),
];
