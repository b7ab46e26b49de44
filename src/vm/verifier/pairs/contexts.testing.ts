/** For tests: pairs of programs. Contexts of hooks. */

import { end, found, type Pair, packet, pair } from "./pair.testing.ts";

export const contextPairs: readonly Pair[] = [
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
