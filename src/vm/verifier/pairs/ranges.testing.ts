/** For tests: pairs of programs. What is known of numbers. */

import { end, found, type Pair, pair, unknown } from "./pair.testing.ts";

export const boundedPairs: readonly Pair[] = [
  pair(
    "mapValueBounds",
    "an index that is bounded too high",
    `${found("values")}; mov %r7, %r0; ${unknown}; and %r0, {60|63}; add %r7, %r0; ldxw %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "an index with a comparison that lets one too many",
    `${found("values")}; mov %r7, %r0; ${unknown}; jgt %r0, {63|64}, +2; add %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a comparison the other way round",
    `${found("values")}; mov %r7, %r0; ${unknown}; mov %r1, 64; {jle|jge} %r1, %r0, +2; add %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a signed comparison lets negative numbers through",
    `${found("values")}; mov %r7, %r0; call bpf_ktime_get_ns; movsx864 %r0, %r0; j{gt|sgt} %r0, 63, +2; add %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a negative index",
    `${found("values")}; mov %r7, %r0; ${unknown}; and %r0, 7; {add|sub} %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a product that is too large",
    `${found("values")}; mov %r7, %r0; ${unknown}; and %r0, 7; mul %r0, {8|9}; add %r7, %r0; ldxdw %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a shift that is too far",
    `${found("values")}; mov %r7, %r0; ${unknown}; rsh32 %r0, {26|25}; add %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a remainder of too large a divisor",
    `${found("values")}; mov %r7, %r0; ${unknown}; mod %r0, {64|65}; add %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a bound that was lost on the way",
    `${found("values")}; mov %r7, %r0; ${unknown}; and %r0, 63; stxdw [%r10-16], %r0; {mov %r1, 0|stdw [%r10-16], 64}; ldxdw %r0, [%r10-16]; add %r7, %r0; ldxb %r1, [%r7+0]; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a loop that goes one turn too far",
    `${found("values")}; mov %r7, %r0; mov %r6, 0; again: mov %r1, %r7; add %r1, %r6; ldxb %r2, [%r1+0]; add %r6, 1; jlt %r6, {64|65}, again; ${end}`,
  ),
  pair(
    "memoryBounds",
    "a key of a map behind its end",
    `mov %r1, 0; map flows %r1; lddw code_addr %r2, each; mov %r3, 0; mov %r4, 0; call bpf_for_each_map_elem; ${end}; each: ldxb %r1, [%r2+{3|4}]; ${end}`,
  ),
  pair(
    "packetBounds",
    "a packet of which nothing is known",
    `ldxw %r2, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r2; add %r4, 1; {jgt %r4, %r3, +1|mov %r5, 0}; ldxb %r5, [%r2+0]; ${end}`,
    "tcxIngress",
  ),
  ...[
    ["p <= end", "jle %r4, %r3, +1; ja +1"],
    ["p > end", "jgt %r4, %r3, +1"],
    ["end >= p", "jge %r3, %r4, +1; ja +1"],
    ["end < p", "jlt %r3, %r4, +1"],
    ["p < end", "jlt %r4, %r3, +1; ja +1"],
    ["p >= end", "jge %r4, %r3, +1"],
    ["end > p", "jgt %r3, %r4, +1; ja +1"],
    ["end <= p", "jle %r3, %r4, +1"],
  ].map(([title, text]) =>
    pair(
      "packetBounds",
      `a packet compared by ${title}, and read where it ends before`,
      `ldxw %r2, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r2; add %r4, 8; ${text}; {ldxdw %r5, [%r2+0]|mov %r5, 0}; {mov %r5, 0|ldxdw %r5, [%r2+0]}; ${end}`,
      "tcxIngress",
    ),
  ),
  pair(
    "packetBounds",
    "one byte more than was compared",
    `ldxw %r2, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r2; add %r4, 8; jgt %r4, %r3, +1; ldxb %r5, [%r2+{7|8}]; ${end}`,
    "tcxIngress",
  ),
  pair(
    "packetBounds",
    "a strict comparison knows one more, no two",
    `ldxw %r2, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r2; add %r4, 8; jge %r4, %r3, +1; ldxb %r5, [%r2+{8|9}]; ${end}`,
    "tcxIngress",
  ),
  pair(
    "packetBounds",
    "a place that moves behind what was compared",
    `mov %r6, %r1; ${unknown}; and %r0, 255; ldxw %r2, [%r6+76]; ldxw %r3, [%r6+80]; add %r2, %r0; mov %r4, %r2; add %r4, 4; jgt %r4, %r3, +{2|1}; {ldxw %r5, [%r2+0]|mov %r5, 0}; {mov %r5, 0|ldxw %r5, [%r4+0]}; ${end}`,
    "tcxIngress",
  ),
  pair(
    "notAPointer",
    "a packet is read after a helper moved it",
    `mov %r6, %r1; ldxw %r7, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r7; add %r4, 8; jgt %r4, %r3, +1; ldxb %r5, [%r7+0]; mov %r1, %r6; mov %r2, 8; call bpf_skb_pull_data; {mov %r5, 0|ldxb %r5, [%r7+0]}; ${end}`,
    "tcxIngress",
  ),
];
