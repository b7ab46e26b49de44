/** For tests: pairs of programs. Calls of helpers. */

import { end, found, type Pair, pair, record, submit, unknown } from "./pair.testing.ts";

export const helperPairs: readonly Pair[] = [
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

export const licensePairs: readonly Pair[] = ["Apache-2.0"].flatMap((license) =>
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
