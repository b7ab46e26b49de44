/** For tests: pairs of programs. Control flow. */

import { end, type Pair, pair, unknown } from "./pair.testing.ts";

/** Functions that call the next one each. */
const chain = [
  "a: call local b",
  "b: call local c",
  "c: call local d",
  "d: call local e",
  "e: call local f",
  "f: call local g",
]
  .map((call) => `${call}; exit`)
  .join("; ");

export const flowPairs: readonly Pair[] = [
  pair("flow", "the last instruction is no exit", "mov %r0, 0; {exit|mov %r1, 0}"),
  pair("flow", "an instruction that nothing leads to", `mov %r0, 0; {jeq %r0, 1, +1|ja +1}; mov %r0, 1; exit`),
  pair("flow", "code behind the exit", `mov %r0, 0; exit{|; mov %r0, 1; exit}`),
  pair(
    "flow",
    "a jump into another function",
    `mov %r1, 0; call local work; jeq %r0, 0, {+0|+1}; exit; work: mov %r0, 0; exit`,
  ),
  pair("endless", "a loop without an end", `mov %r6, 0; again: {add %r6, 1|mov %r7, 1}; jlt %r6, 9, again; ${end}`),
  pair("endless", "a jump to itself", `mov %r0, 0; ${unknown}; again: jeq %r0, 5, {+0|again}; ${end}`),
  pair(
    "endless",
    "a loop that ends only by chance",
    `mov %r6, 0; again: ${unknown}; add %r6, 1; {jge %r6, 9, +1|mov %r6, 0}; jne %r0, 7, again; ${end}`,
  ),
  pair(
    "callDepth",
    "functions that call one another too deep",
    `call local h; call local a; exit; ${chain}; g: {mov %r0, 0|call local h}; exit; h: mov %r0, 0; exit`,
  ),
  pair(
    "callDepth",
    "a function that calls itself",
    `mov %r1, 0; call local again; exit; again: mov %r0, 0; {jeq %r0, 1, +0|call local again}; exit`,
  ),
  pair(
    "callbackReturn",
    "a callback gives back what it may not",
    `mov %r1, 4; lddw code_addr %r2, each; mov %r3, 0; mov %r4, 0; call bpf_loop; ${end}; each: mov %r0, {1|2}; exit`,
  ),
  pair(
    "callbackReturn",
    "a callback gives back any number",
    `mov %r1, 4; lddw code_addr %r2, each; mov %r3, 0; mov %r4, 0; call bpf_loop; ${end}; each: mov %r0, %r1; {and %r0, 1|mov %r2, 1}; exit`,
  ),
  pair("returnValue", "a verdict that is none", "mov %r0, {1|7}; exit", "cgroupSkbIngress"),
  pair(
    "returnValue",
    "a verdict of which nothing is known",
    `ldxw %r0, [%r1+0]; {and %r0, 1|mov %r2, 1}; exit`,
    "cgroupSkbIngress",
  ),
  pair("returnValue", "a connection is neither allowed nor denied", "mov %r0, {1|2}; exit", "connect4"),
  pair(
    "returnValue",
    "an address is given back where a verdict is wanted",
    `mov %r0, {1|%r1}; exit`,
    "cgroupSkbIngress",
  ),
  pair("instruction", "a call by register", `mov %r0, 0; {mov %r2, 0|call %r0}; exit`),
  pair(
    "budget",
    "a loop with too many turns",
    `mov %r6, 0; mov %r7, 0; again: add %r7, %r6; add %r6, 1; jlt %r6, {100|10000000}, again; ${end}`,
  ),
];
