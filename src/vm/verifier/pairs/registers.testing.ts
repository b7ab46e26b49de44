/** For tests: pairs of programs. Registers and pointers. */

import { end, found, type Pair, packet, pair, unknown } from "./pair.testing.ts";

export const registerPairs: readonly Pair[] = [
  pair("unwritten", "a register that nothing wrote is copied", `mov %r6, {1|%r7}; ${end}`),
  pair("unwritten", "a register that nothing wrote is added to", `{mov %r6, 0|mov %r7, 0}; add %r6, 1; ${end}`),
  pair("unwritten", "a register that nothing wrote is compared", `{mov %r6, 0|mov %r7, 0}; jeq %r6, 0, +0; ${end}`),
  pair(
    "unwritten",
    "a register is written on one way only",
    `${unknown}; {mov %r6, 0|mov %r7, 0}; jeq %r0, 0, +1; mov %r6, 1; mov %r0, %r6; exit`,
  ),
  pair("unwritten", "an argument is read behind a call", `mov %r6, %r1; ${unknown}; mov %r2, %r{6|1}; ${end}`),
  pair("unwritten", "nothing is given back", "{mov %r0, 0|mov %r2, 0}; exit"),
  pair(
    "unwritten",
    "a function reads a register of its caller",
    `mov %r6, 1; mov %r1, 1; call local work; exit; work: mov %r0, %r{1|6}; exit`,
  ),
  pair(
    "unwritten",
    "a helper gets an argument that nothing wrote",
    `mov %r1, 0; {mov %r2, 0|mov %r3, 0}; call bpf_redirect; ${end}`,
    "tcxIngress",
  ),
  pair("framePointer", "the frame pointer is written", `mov %r{9|10}, %r1; ${end}`),
  pair("framePointer", "the frame pointer is moved", `mov %r9, %r10; add %r{9|10}, -8; ${end}`),
  pair("framePointer", "the frame pointer is loaded", `stdw [%r10-8], 0; ldxdw %r{9|10}, [%r10-8]; ${end}`),
  pair("notAPointer", "a number is read from", `mov %r1, {%r10|4096}; stdw [%r10-8], 0; ldxdw %r2, [%r1-8]; ${end}`),
  pair("notAPointer", "a number is written to", `mov %r1, {%r10|4096}; stdw [%r1-8], 0; ${end}`),
  pair(
    "notAPointer",
    "an address that was negated is read from",
    `${found("values")}; {mov %r1, 1|neg %r0}; ldxb %r1, [%r0+0]; ${end}`,
  ),
  pair(
    "notAPointer",
    "half of an address is read from",
    `${found("values")}; mov{|32} %r1, %r0; ldxb %r1, [%r1+0]; ${end}`,
  ),
  pair(
    "notAPointer",
    "the difference of two addresses is read from",
    `${found("values")}; mov %r1, %r0; {mov %r2, 0|sub %r1, %r0}; ldxb %r1, [%r1+0]; ${end}`,
  ),
  pair("notAPointer", "a map is read from", `{${found("values")}|map values %r0}; ldxb %r1, [%r0+0]; ${end}`),
  pair("notAPointer", "the end of a packet is read from", `${packet}; ldxb %r1, [%r{2|3}+0]; ${end}`, "tcxIngress"),
];
