/**
 * For tests: programs in pairs, one right, and one that differs in what breaks a rule. In their text `{right|wrong}` is what
 * the one and the other have in a place.
 */

import { helperIds } from "../../isa/index.ts";
import type { HookKind } from "../../spec/index.ts";
import type { Rule } from "./refusal.ts";

export interface Pair {
  readonly rule: Rule;
  readonly title: string;
  readonly hook: HookKind;
  readonly license?: string;
  readonly text: string;
}

const pair = (rule: Rule, title: string, text: string, hook: HookKind = "socketFilter"): Pair => ({
  ...{ rule, title, hook, text },
});

/** The right or the wrong one of a pair; `call NAME` is the call of a helper by its number. */
export function sideOf({ text }: Pair, side: "right" | "wrong"): string {
  return text
    .replaceAll(/\{([^|{}]*)\|([^|{}]*)\}/g, (_, right: string, wrong: string) => (side === "right" ? right : wrong))
    .replaceAll(/call (bpf_\w+)/g, (_, name: string) => `call ${helperIds[name as keyof typeof helperIds]}`);
}

const end = "mov %r0, 0; exit";
const lookUp = (map: string) => `stw [%r10-4], 0; mov %r2, %r10; add %r2, -4; map ${map} %r1; call bpf_map_lookup_elem`;
const found = (map: string) => `${lookUp(map)}; jne %r0, 0, +2; ${end}`;
const reserved = "map events %r1; mov %r2, 16; mov %r3, 0; call bpf_ringbuf_reserve";
const record = `${reserved}; jne %r0, 0, +2; ${end}; mov %r6, %r0`;
const submit = "mov %r1, %r6; mov %r2, 0; call bpf_ringbuf_submit";
/** Fourteen bytes of a packet are in r2, of which 14 are known to be there. */
const packet = `ldxw %r2, [%r1+76]; ldxw %r3, [%r1+80]; mov %r4, %r2; add %r4, 14; jle %r4, %r3, +2; ${end}`;
const unknown = "call bpf_get_prandom_u32";

const sizes = [
  ["b", 1],
  ["h", 2],
  ["w", 4],
  ["dw", 8],
] as const;

/** One byte in front of and behind an object of `all` bytes at `base`, read and written, at every size. */
function bounds(
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

const boundPairs: readonly Pair[] = [
  ...bounds("a map's value", "mapValueBounds", 64, `${found("values")}; mov %r7, %r0`, end),
  ...bounds("a record", "memoryBounds", 16, `${record}; mov %r7, %r6`, `${submit}; ${end}`),
  ...bounds("a packet", "packetBounds", 14, `${packet}; mov %r7, %r2`, end, "tcxIngress"),
  ...bounds("a global variable", "mapValueBounds", 16, "value global+0 %r7", end),
  ...sizes.flatMap(([letter, size]) => [
    pair("stackBounds", `${size} bytes above the stack`, `stdw [%r10-8], 0; ldx${letter} %r1, [%r10{-8|+0}]; ${end}`),
    pair("stackBounds", `${size} bytes below the stack`, `st${letter} [%r10{-512|-520}], 0; ${end}`),
  ]),
];

const registerPairs: readonly Pair[] = [
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

const arithmeticPairs: readonly Pair[] = [
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

const boundedPairs: readonly Pair[] = [
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

const stackPairs: readonly Pair[] = [
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

const contextPairs: readonly Pair[] = [
  pair("contextAccess", "a member that is not there", `ldxw %r2, [%r1+{8|400}]; ${end}`),
  pair("contextAccess", "what is in front of the context", `ldxw %r2, [%r1{+8|-4}]; ${end}`),
  pair("contextAccess", "a member that is only read is written", `stw [%r1+{8|0}], 1; ${end}`, "tcxIngress"),
  pair("contextAccess", "a pointer of the context is read by half", `ldx{w|h} %r2, [%r1+76]; ${end}`, "tcxIngress"),
  pair("contextAccess", "a word of a tracepoint behind the last", `ldxdw %r2, [%r1+{0|104}]; ${end}`, "rawTracepoint"),
  pair(
    "contextAccess",
    "a tracepoint's argument is written",
    `{stxdw [%r10-8], %r1|stdw [%r1+0], 1}; ${end}`,
    "rawTracepoint",
  ),
  pair(
    "contextAccess",
    "a register of a traced function is written",
    `{ldxdw %r2, [%r1+0]|stdw [%r1+0], 1}; ${end}`,
    "kprobe",
  ),
  pair("contextAccess", "registers behind the last", `ldxdw %r2, [%r1+{160|168}]; ${end}`, "kprobe"),
  pair(
    "contextAccess",
    "an access to a device file is written",
    `{ldxw %r2, [%r1+4]|stw [%r1+4], 1}; ${end}`,
    "cgroupDevice",
  ),
  pair("contextOffset", "a context that was moved is read", `{mov %r2, 4|add %r1, 4}; ldxw %r2, [%r1+4]; ${end}`),
  pair("readOnly", "a map of constants is written", `value {global|constants}+8 %r1; stw [%r1+0], 1; ${end}`),
  pair(
    "readOnly",
    "a map of constants is updated",
    `stw [%r10-4], 0; stdw [%r10-16], 0; stdw [%r10-24], 0; mov %r2, %r10; add %r2, -4; mov %r3, %r10; add %r3, -24; map {global|constants} %r1; mov %r4, 0; call bpf_map_update_elem; ${end}`,
  ),
  pair(
    "readOnly",
    "a map that is only written is looked up",
    `stw [%r10-4], 0; mov %r2, %r10; add %r2, -4; map {values|writeOnly} %r1; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "readOnly",
    "a packet that is only read is written",
    `${packet}; {ldxb %r4, [%r2+0]|stb [%r2+0], 1}; ${end}`,
    "cgroupSkbIngress",
  ),
  pair(
    "readOnly",
    "the key of an element is written",
    `map flows %r1; lddw code_addr %r2, each; mov %r3, 0; mov %r4, 0; call bpf_for_each_map_elem; ${end}; each: stw [%r{3|2}+0], 1; ${end}`,
  ),
  pair(
    "kernelWrite",
    "a structure of the kernel is written",
    `call bpf_get_current_task_btf; {ldxdw %r1, [%r0+8]|stdw [%r0+8], 1}; ${end}`,
    "tpBtf",
  ),
  pair(
    "kernelWrite",
    "a socket is written",
    `ldxdw %r2, [%r1+168]; jne %r2, 0, +2; ${end}; {ldxw %r3, [%r2+4]|stw [%r2+4], 1}; ${end}`,
    "cgroupSkbIngress",
  ),
  pair(
    "notAPointer",
    "a socket that is null is read",
    `ldxdw %r2, [%r1+168]; j{ne|eq} %r2, 0, +2; ${end}; ldxw %r3, [%r2+4]; ${end}`,
    "cgroupSkbIngress",
  ),
  pair("specialField", "a lock is written by hand", `${found("locks")}; stw [%r0+{8|0}], 1; ${end}`, "tcxIngress"),
  pair("specialField", "a timer is read by hand", `${found("timers")}; ldxdw %r1, [%r0+{16|8}]; ${end}`),
];

const helperPairs: readonly Pair[] = [
  pair("helperUnknown", "a helper with no such number", `call {5|9999}; ${end}`),
  pair(
    "helperHook",
    "a helper of another hook",
    `mov %r1, 0; mov %r2, 0; call {bpf_ktime_get_ns|bpf_redirect}; ${end}`,
  ),
  pair(
    "helperHook",
    "a helper for packets in a tracepoint",
    `{mov %r2, 1|mov %r2, 2}; call {bpf_ktime_get_ns|bpf_skb_cgroup_id}; ${end}`,
    "rawTracepoint",
  ),
  pair(
    "argument",
    "a number where a map is wanted",
    `stw [%r10-4], 0; mov %r2, %r10; add %r2, -4; {map flows %r1|mov %r1, 7}; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "argument",
    "a number where a key is wanted",
    `stw [%r10-4], 0; mov %r2, {%r10|7}; add %r2, -4; map flows %r1; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "argument",
    "a map where a key is wanted",
    `stw [%r10-4], 0; {mov %r2, %r10; add %r2, -4|map flows %r2}; map flows %r1; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "argument",
    "a number where the context is wanted",
    `mov %r1, {%r1|7}; mov %r2, 0; mov %r3, %r10; add %r3, -8; mov %r4, 8; call bpf_skb_load_bytes; ${end}`,
  ),
  pair(
    "argument",
    "an address where a length is wanted",
    `mov %r1, %r10; add %r1, -8; mov %r2, {8|%r10}; call bpf_get_current_comm; ${end}`,
    "kprobe",
  ),
  pair(
    "argument",
    "no function where one is wanted",
    `mov %r1, 4; lddw code_addr %r2, each; {mov %r3, 0|mov %r2, 9}; mov %r3, 0; mov %r4, 0; call bpf_loop; ${end}; each: ${end}`,
  ),
  pair(
    "argument",
    "a map's value where a place on the stack is wanted",
    `value global+0 %r3; {mov %r3, %r10|mov %r5, 0}; mov %r1, 4; lddw code_addr %r2, each; mov %r4, 0; call bpf_loop; ${end}; each: ${end}`,
  ),
  pair(
    "argument",
    "a lock that is none",
    `${found("locks")}; mov %r6, %r0; mov %r1, %r0; add %r1, {0|8}; call bpf_spin_lock; mov %r1, %r6; call bpf_spin_unlock; ${end}`,
    "tcxIngress",
  ),
  pair(
    "argument",
    "a timer that is none",
    `${found("timers")}; mov %r1, %r0; add %r1, {0|8}; map timers %r2; mov %r3, 1; call bpf_timer_init; ${end}`,
    "xdp",
  ),
  pair(
    "argument",
    "a record is given back from inside",
    `${record}; mov %r1, %r6; add %r1, {0|8}; mov %r2, 0; call bpf_ringbuf_submit; ${end}`,
  ),
  pair(
    "argument",
    "text that may change",
    `mov %r1, %r10; add %r1, -8; mov %r2, 8; value {constants|global}+0 %r3; mov %r4, 0; mov %r5, 0; call bpf_snprintf; ${end}`,
  ),
  pair(
    "argumentSize",
    "a length that is more than there is",
    `mov %r1, %r10; add %r1, -8; mov %r2, {8|0}; call bpf_get_current_comm; ${end}`,
    "kprobe",
  ),
  pair(
    "stackBounds",
    "a length that leads out of the stack",
    `mov %r1, %r10; add %r1, -8; mov %r2, {8|9}; call bpf_get_current_comm; ${end}`,
    "kprobe",
  ),
  pair(
    "argumentSize",
    "a length without a bound",
    `call bpf_ktime_get_ns; {and %r0, 7|mov %r1, 1}; mov %r1, %r10; add %r1, -8; mov %r2, %r0; mov %r3, 0; call bpf_probe_read_user; ${end}`,
    "kprobe",
  ),
  pair(
    "argumentSize",
    "a length that may be zero",
    `${unknown}; and %r0, 7; {add %r0, 1|mov %r3, 0}; mov %r1, %r10; add %r1, -8; mov %r2, %r0; call bpf_get_current_comm; ${end}`,
    "kprobe",
  ),
  pair(
    "argumentSize",
    "the length of a record that is not known",
    `${unknown}; map events %r1; mov %r2, {16|%r0}; mov %r3, 0; call bpf_ringbuf_reserve; jeq %r0, 0, +3; mov %r1, %r0; mov %r2, 0; call bpf_ringbuf_discard; ${end}`,
  ),
  pair(
    "mapValueBounds",
    "a length that leads out of a map's value",
    `${found("values")}; mov %r1, %r0; mov %r2, {64|65}; mov %r3, 0; call bpf_probe_read_user; ${end}`,
    "kprobe",
  ),
  pair(
    "argumentMap",
    "a ring buffer is looked up",
    `stw [%r10-4], 0; mov %r2, %r10; add %r2, -4; map {flows|programs} %r1; call bpf_map_lookup_elem; ${end}`,
  ),
  pair(
    "argumentMap",
    "an array where a queue is wanted",
    `stdw [%r10-8], 0; mov %r2, %r10; add %r2, -8; map {queued|global} %r1; {mov %r3, 0|stdw [%r10-16], 0; add %r2, -8; mov %r3, 0}; call bpf_map_push_elem; ${end}`,
  ),
  pair(
    "argumentMap",
    "a tail call into a map of values",
    `map {programs|values} %r2; mov %r3, 0; call bpf_tail_call; ${end}`,
  ),
  pair("reference", "a record is not given back", `${record}; {${submit}|mov %r1, 0}; ${end}`),
  pair(
    "reference",
    "a record is not given back on one way",
    `${record}; ldxdw %r1, [%r6+0]; jeq %r1, 0, +{0|3}; ${submit}; ${end}`,
  ),
  pair(
    "argument",
    "a record is given back twice",
    `${record}; mov %r7, %r6; ${submit}; {mov %r1, 0|mov %r1, %r7; mov %r2, 0; call bpf_ringbuf_submit}; ${end}`,
  ),
  pair(
    "notAPointer",
    "a record is written after it was sent",
    `${record}; mov %r7, %r6; ${submit}; {mov %r1, 0|stdw [%r7+0], 1}; ${end}`,
  ),
  pair(
    "lock",
    "a lock is held at the end",
    `${found("locks")}; mov %r6, %r0; mov %r1, %r0; call bpf_spin_lock; {mov %r1, %r6; call bpf_spin_unlock|mov %r1, 0}; ${end}`,
    "tcxIngress",
  ),
  pair(
    "lock",
    "a helper is called while a lock is held",
    `${found("locks")}; mov %r6, %r0; mov %r1, %r0; call bpf_spin_lock; {mov %r0, 0|call bpf_ktime_get_ns}; mov %r1, %r6; call bpf_spin_unlock; ${end}`,
    "tcxIngress",
  ),
  pair(
    "lock",
    "a lock is taken twice",
    `${found("locks")}; mov %r6, %r0; mov %r1, %r0; call bpf_spin_lock; mov %r1, %r6; {mov %r0, 0|call bpf_spin_lock; mov %r1, %r6}; call bpf_spin_unlock; ${end}`,
    "tcxIngress",
  ),
  pair(
    "lock",
    "a lock is released that is not held",
    `${found("locks")}; mov %r6, %r0; mov %r1, %r0; {call bpf_spin_lock|mov %r0, 0}; mov %r1, %r6; call bpf_spin_unlock; ${end}`,
    "tcxIngress",
  ),
  pair(
    "lock",
    "another lock is released than was taken",
    `${found("locks")}; mov %r6, %r0; ${found("locks")}; mov %r7, %r0; mov %r1, %r6; call bpf_spin_lock; mov %r1, %r{6|7}; call bpf_spin_unlock; ${end}`,
    "tcxIngress",
  ),
];

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

const flowPairs: readonly Pair[] = [
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

const licensed: readonly Pair[] = (["Dual MIT/GPL", "Apache-2.0"] as const).slice(1).flatMap((license) =>
  ["bpf_probe_read_kernel", "bpf_probe_read_user", "bpf_probe_read_user_str"].map((name) => ({
    ...pair(
      "license",
      `${name} without the licence for it`,
      `mov %r1, %r10; add %r1, -8; mov %r2, 8; mov %r3, 0; {call bpf_ktime_get_ns|call ${name}}; ${end}`,
      "kprobe",
    ),
    license,
  })),
);

/** Every pair. */
export const pairs: readonly Pair[] = [
  ...boundPairs,
  ...registerPairs,
  ...arithmeticPairs,
  ...boundedPairs,
  ...stackPairs,
  ...contextPairs,
  ...helperPairs,
  ...flowPairs,
  ...licensed,
];
