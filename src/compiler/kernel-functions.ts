/** What a program can ask the kernel, as data: the name in the language, the helper, its arguments and its result. */

import type { IntegerName } from "../bytes/index.ts";
import type { HelperName } from "../isa/index.ts";

/**
 * A number, a pointer to a structure of the kernel (any: the verifier checks which), what the hook handed over, or memory of
 * the program, of which the helper gets address and size.
 */
export type ArgumentKind = IntegerName | "kernelStruct" | "context" | "kernelStructOrContext" | "memory";

/** A number, whether it succeeded, or a pointer to the structure of that name, as the program declares it. */
export type ResultKind =
  | { readonly integer: IntegerName }
  | { readonly succeeds: "zero" | "notNegative" }
  | { readonly struct: string; readonly nullable: boolean };

export interface KernelFunction {
  readonly helper: HelperName;
  readonly takes: readonly ArgumentKind[];
  readonly gives: ResultKind;
}

export const kernelFunctions: ReadonlyMap<string, KernelFunction> = new Map<string, KernelFunction>([
  ["now", { helper: "bpf_ktime_get_ns", takes: [], gives: { integer: "u64" } }],
  ["currentProcess", { helper: "bpf_get_current_pid_tgid", takes: [], gives: { integer: "u64" } }],
  ["currentTask", { helper: "bpf_get_current_task_btf", takes: [], gives: { struct: "task_struct", nullable: false } }],
  [
    "taskRegisters",
    { helper: "bpf_task_pt_regs", takes: ["kernelStruct"], gives: { struct: "pt_regs", nullable: false } },
  ],
  ["socketCookie", { helper: "bpf_get_socket_cookie", takes: ["kernelStructOrContext"], gives: { integer: "u64" } }],
  [
    "tcpSocket",
    { helper: "bpf_skc_to_tcp_sock", takes: ["kernelStruct"], gives: { struct: "tcp_sock", nullable: true } },
  ],
  ["currentCgroupId", { helper: "bpf_get_current_cgroup_id", takes: [], gives: { integer: "u64" } }],
  [
    "currentAncestorCgroupId",
    { helper: "bpf_get_current_ancestor_cgroup_id", takes: ["u32"], gives: { integer: "u64" } },
  ],
  ["currentCommand", { helper: "bpf_get_current_comm", takes: ["memory"], gives: { succeeds: "zero" } }],
  ["readUser", { helper: "bpf_probe_read_user", takes: ["memory", "u64"], gives: { succeeds: "zero" } }],
  ["readKernel", { helper: "bpf_probe_read_kernel", takes: ["memory", "u64"], gives: { succeeds: "zero" } }],
  ["readUserText", { helper: "bpf_probe_read_user_str", takes: ["memory", "u64"], gives: { succeeds: "notNegative" } }],
  [
    "readKernelText",
    { helper: "bpf_probe_read_kernel_str", takes: ["memory", "u64"], gives: { succeeds: "notNegative" } },
  ],
  ["packetCgroupId", { helper: "bpf_skb_cgroup_id", takes: ["context"], gives: { integer: "u64" } }],
  [
    "packetAncestorCgroupId",
    { helper: "bpf_skb_ancestor_cgroup_id", takes: ["context", "u32"], gives: { integer: "u64" } },
  ],
  ["setCallbackFlags", { helper: "bpf_sock_ops_cb_flags_set", takes: ["context", "u32"], gives: { succeeds: "zero" } }],
  ["randomU32", { helper: "bpf_get_prandom_u32", takes: [], gives: { integer: "u32" } }],
  ["processorId", { helper: "bpf_get_smp_processor_id", takes: [], gives: { integer: "u32" } }],
]);
