/** What helpers take and give: one row each (`struct bpf_func_proto` of the kernel). */

import type { HelperName } from "../../isa/index.ts";
import type { MapTypeName } from "../../spec/index.ts";
import type { SocketKind } from "./value.ts";

/** What an argument must be. */
export type ArgumentRule =
  /** Anything that was given a value. */
  | "any"
  | "context"
  /** A map; the arguments behind it are for it. */
  | "map"
  /** Memory of as many bytes as the map's keys or values have; an output need not be written before. */
  | "mapKey"
  | "mapKeyOrNull"
  | "mapValue"
  | "mapValueOutput"
  /** Memory of as many bytes as the next argument says. */
  | "memory"
  | "memoryOrNull"
  | "output"
  /** The length of the memory in front of it: more than zero, or also zero. */
  | "size"
  | "sizeOrZero"
  /** The length of what is made, a constant. */
  | "constantSize"
  /** A record of a ring buffer, which is given back. */
  | "record"
  | "socket"
  | "ownedSocket"
  /** A structure of the kernel, or one or a context. */
  | "kernel"
  | "kernelOrNull"
  | "kernelOrContext"
  /** A place in a map's value, or null: the initial value of a storage. */
  | "mapValueOrNull"
  /** A function of the program, called back with so many arguments. */
  | "function"
  /** What a callback is handed: a place on the stack, or null. */
  | "stackOrNull"
  | "spinLock"
  | "timer"
  /** Text that never changes, ended by a zero. */
  | "constantText"
  /** Memory of so many bytes. */
  | { readonly bytes: number; readonly output: boolean };

/** What a helper gives back. */
export type ResultRule =
  | "number"
  | "nothing"
  /** A value of the map that was given, or null. */
  | "mapValueOrNull"
  /** A record of the length that was given, or null. It must be given back. */
  | "recordOrNull"
  | { readonly kernel: string; readonly nullable: boolean }
  | { readonly socket: SocketKind; readonly owned: boolean }
  /** A number between bounds. */
  | { readonly least: number; readonly most: number };

export interface Prototype {
  readonly takes: readonly ArgumentRule[];
  readonly gives: ResultRule;
  /** Pointers into packets are worth nothing afterwards. */
  readonly changesPacket?: boolean;
  /** Only programs under the GPL may call it. */
  readonly gpl?: boolean;
  /** Types of maps that it works on. */
  readonly maps?: readonly MapTypeName[];
  /** What it calls, and how. */
  readonly callback?: "loop" | "element" | "timer";
}

const row = (
  takes: readonly ArgumentRule[],
  gives: ResultRule = "number",
  more: Partial<Prototype> = {},
): Prototype => ({
  takes,
  gives,
  ...more,
});

const gpl = { gpl: true } as const;
const changes = { changesPacket: true } as const;
const out8: ArgumentRule = { bytes: 8, output: true };
const succeeded: ResultRule = { least: -4095, most: 0 };
/** Lengths and error numbers. */
const length: ResultRule = { least: -(2 ** 31), most: 2 ** 31 - 1 };
const probe = row(["output", "sizeOrZero", "any"], length, gpl);
const load = row(["context", "any", "output", "size"], length);
const store = row(["context", "any", "memory", "size", "any"], length, changes);

const queues: readonly MapTypeName[] = ["queue", "stack"];
const hashes: readonly MapTypeName[] = ["hash", "perCpuHash", "lruHash", "lruPerCpuHash", "lpmTrie"];
const arrays: readonly MapTypeName[] = ["array", "perCpuArray"];
const elements: readonly MapTypeName[] = [...hashes, ...arrays, "arrayOfMaps", "hashOfMaps"];
const storages = {
  bpf_sk: "socketStorage",
  bpf_task: "taskStorage",
  bpf_inode: "inodeStorage",
  bpf_cgrp: "cgroupStorage",
} as const;

function storage(of: keyof typeof storages): Prototype {
  return row(["map", of === "bpf_sk" ? "kernelOrNull" : "kernel", "mapValueOrNull", "any"], "mapValueOrNull", {
    maps: [storages[of]],
  });
}
const storageDelete = (of: keyof typeof storages): Prototype =>
  row(["map", "kernel"], length, { maps: [storages[of]] });

const kernelCast = (kernel: string): Prototype => row(["kernelOrNull"], { kernel, nullable: true });
const lookUp = row(["context", "memory", "size", "any", "any"], { socket: "full", owned: true });

/** Every helper that programs may call. One that is not here is refused by its name. */
export const prototypes: Readonly<Partial<Record<HelperName, Prototype>>> = {
  // Maps.
  bpf_map_lookup_elem: row(["map", "mapKey"], "mapValueOrNull", {
    maps: [...elements, "socketMap", "socketHash", "xdpSocketMap", "deviceMap", "deviceMapHash", "cpuMap"],
  }),
  bpf_map_lookup_percpu_elem: row(["map", "mapKey", "any"], "mapValueOrNull", {
    maps: ["perCpuArray", "perCpuHash", "lruPerCpuHash"],
  }),
  bpf_map_update_elem: row(["map", "mapKey", "mapValue", "any"], length, {
    maps: [...hashes, ...arrays, "socketMap", "socketHash"],
  }),
  bpf_map_delete_elem: row(["map", "mapKey"], length, { maps: [...hashes, ...arrays, "socketMap", "socketHash"] }),
  bpf_map_push_elem: row(["map", "mapValue", "any"], length, { maps: [...queues, "bloomFilter"] }),
  bpf_map_pop_elem: row(["map", "mapValueOutput"], length, { maps: queues }),
  bpf_map_peek_elem: row(["map", "mapValueOutput"], length, { maps: [...queues, "bloomFilter"] }),
  bpf_for_each_map_elem: row(["map", "function", "stackOrNull", "any"], length, {
    callback: "element",
    maps: [...hashes.filter((type) => type !== "lpmTrie"), ...arrays],
  }),
  bpf_loop: row(["any", "function", "stackOrNull", "any"], length, { callback: "loop" }),
  bpf_tail_call: row(["context", "map", "any"], length, { maps: ["programArray"] }),
  bpf_spin_lock: row(["spinLock"], "nothing"),
  bpf_spin_unlock: row(["spinLock"], "nothing"),
  bpf_timer_init: row(["timer", "map", "any"], length),
  bpf_timer_set_callback: row(["timer", "function"], length, { callback: "timer" }),
  bpf_timer_start: row(["timer", "any", "any"], length),
  bpf_timer_cancel: row(["timer"], length),
  bpf_sk_storage_get: storage("bpf_sk"),
  bpf_sk_storage_delete: storageDelete("bpf_sk"),
  bpf_task_storage_get: storage("bpf_task"),
  bpf_task_storage_delete: storageDelete("bpf_task"),
  bpf_inode_storage_get: storage("bpf_inode"),
  bpf_inode_storage_delete: storageDelete("bpf_inode"),
  bpf_cgrp_storage_get: storage("bpf_cgrp"),
  bpf_cgrp_storage_delete: storageDelete("bpf_cgrp"),

  // What goes to userspace.
  bpf_ringbuf_output: row(["map", "memory", "sizeOrZero", "any"], length, { maps: ["ringBuffer"] }),
  bpf_ringbuf_reserve: row(["map", "constantSize", "any"], "recordOrNull", { maps: ["ringBuffer"] }),
  bpf_ringbuf_submit: row(["record", "any"], "nothing"),
  bpf_ringbuf_discard: row(["record", "any"], "nothing"),
  bpf_ringbuf_query: row(["map", "any"], "number", { maps: ["ringBuffer"] }),
  bpf_perf_event_output: row(["context", "map", "any", "memory", "sizeOrZero"], length, {
    maps: ["perfEventArray"],
    ...gpl,
  }),
  bpf_trace_printk: row(["memory", "size", "any", "any", "any"], length, gpl),
  bpf_seq_write: row(["kernel", "memory", "sizeOrZero"], length, gpl),
  bpf_snprintf: row(["output", "sizeOrZero", "constantText", "memoryOrNull", "sizeOrZero"], length, gpl),

  // Time, chance, and who runs.
  bpf_ktime_get_ns: row([]),
  bpf_ktime_get_boot_ns: row([]),
  bpf_ktime_get_coarse_ns: row([]),
  bpf_ktime_get_tai_ns: row([]),
  bpf_jiffies64: row([]),
  bpf_get_prandom_u32: row([], { least: 0, most: 2 ** 32 - 1 }),
  bpf_get_smp_processor_id: row([], { least: 0, most: 65_535 }),
  bpf_get_numa_node_id: row([], { least: 0, most: 65_535 }),
  bpf_get_current_pid_tgid: row([]),
  bpf_get_current_uid_gid: row([]),
  bpf_get_current_comm: row(["output", "size"], succeeded),
  bpf_get_current_task: row([], "number", gpl),
  bpf_get_current_task_btf: row([], { kernel: "task_struct", nullable: false }, gpl),
  bpf_task_pt_regs: row(["kernel"], { kernel: "pt_regs", nullable: false }, gpl),
  bpf_get_current_cgroup_id: row([]),
  bpf_get_current_ancestor_cgroup_id: row(["any"]),
  bpf_current_task_under_cgroup: row(["map", "any"], length, { maps: ["cgroupArray"] }),
  bpf_get_ns_current_pid_tgid: row(["any", "any", "output", "size"], length),
  bpf_get_cgroup_classid: row(["context"], "number"),
  bpf_send_signal: row(["any"], length),
  bpf_send_signal_thread: row(["any"], length),

  // Memory of others.
  bpf_probe_read: probe,
  bpf_probe_read_str: probe,
  bpf_probe_read_kernel: probe,
  bpf_probe_read_kernel_str: probe,
  bpf_probe_read_user: probe,
  bpf_probe_read_user_str: probe,
  bpf_probe_write_user: row(["any", "memory", "size"], length, gpl),
  bpf_copy_from_user: row(["output", "sizeOrZero", "any"], length),

  // What is traced.
  bpf_get_stackid: row(["context", "map", "any"], length, { maps: ["stackTrace"], ...gpl }),
  bpf_get_stack: row(["context", "output", "sizeOrZero", "any"], length, gpl),
  bpf_get_attach_cookie: row(["context"]),
  bpf_get_func_ip: row(["context"], "number", gpl),
  bpf_get_func_arg: row(["context", "any", out8], length),
  bpf_get_func_ret: row(["context", out8], length),
  bpf_get_func_arg_cnt: row(["context"], { least: 0, most: 12 }),
  bpf_perf_prog_read_value: row(["context", "output", "size"], length, gpl),
  bpf_override_return: row(["context", "any"], length, gpl),

  // Text and numbers.
  bpf_strtol: row(["memory", "size", "any", out8], length),
  bpf_strtoul: row(["memory", "size", "any", out8], length),
  bpf_strncmp: row(["memory", "size", "constantText"], length),

  // Sockets.
  bpf_get_socket_cookie: row(["kernelOrContext"]),
  bpf_get_netns_cookie: row(["kernelOrContext"]),
  bpf_get_socket_uid: row(["context"]),
  bpf_sk_fullsock: row(["socket"], { socket: "full", owned: false }),
  bpf_tcp_sock: row(["socket"], { socket: "tcp", owned: false }),
  bpf_get_listener_sock: row(["socket"], { socket: "full", owned: false }),
  bpf_sk_lookup_tcp: lookUp,
  bpf_sk_lookup_udp: lookUp,
  bpf_skc_lookup_tcp: { ...lookUp, gives: { socket: "common", owned: true } },
  bpf_sk_release: row(["ownedSocket"], length),
  bpf_sk_assign: row(["context", "socket", "any"], length),
  bpf_sk_cgroup_id: row(["socket"]),
  bpf_sk_ancestor_cgroup_id: row(["socket", "any"]),
  bpf_skc_to_tcp_sock: kernelCast("tcp_sock"),
  bpf_skc_to_tcp6_sock: kernelCast("tcp6_sock"),
  bpf_skc_to_udp6_sock: kernelCast("udp6_sock"),
  bpf_skc_to_unix_sock: kernelCast("unix_sock"),
  bpf_skc_to_tcp_timewait_sock: kernelCast("tcp_timewait_sock"),
  bpf_skc_to_tcp_request_sock: kernelCast("tcp_request_sock"),
  bpf_setsockopt: row(["kernelOrContext", "any", "any", "memory", "size"], length),
  bpf_getsockopt: row(["kernelOrContext", "any", "any", "output", "size"], length),
  bpf_bind: row(["context", "memory", "size"], length),
  bpf_sock_ops_cb_flags_set: row(["context", "any"], length),
  bpf_sock_map_update: row(["context", "map", "mapKey", "any"], length, { maps: ["socketMap"] }),
  bpf_sock_hash_update: row(["context", "map", "mapKey", "any"], length, { maps: ["socketHash"] }),
  bpf_sk_redirect_map: row(["context", "map", "any", "any"], length, { maps: ["socketMap"] }),
  bpf_sk_redirect_hash: row(["context", "map", "mapKey", "any"], length, { maps: ["socketHash"] }),
  bpf_msg_redirect_map: row(["context", "map", "any", "any"], length, { maps: ["socketMap"] }),
  bpf_msg_redirect_hash: row(["context", "map", "mapKey", "any"], length, { maps: ["socketHash"] }),
  bpf_msg_apply_bytes: row(["context", "any"], length),
  bpf_msg_cork_bytes: row(["context", "any"], length),
  bpf_msg_pull_data: row(["context", "any", "any", "any"], length, changes),
  bpf_msg_push_data: row(["context", "any", "any", "any"], length, changes),
  bpf_msg_pop_data: row(["context", "any", "any", "any"], length, changes),
  bpf_sk_select_reuseport: row(["context", "map", "mapKey", "any"], length, {
    maps: ["reuseportSocketArray", "socketMap", "socketHash"],
  }),

  // Packets.
  bpf_skb_load_bytes: load,
  bpf_skb_load_bytes_relative: row(["context", "any", "output", "size", "any"], length),
  bpf_skb_store_bytes: store,
  bpf_xdp_load_bytes: load,
  bpf_xdp_store_bytes: row(["context", "any", "memory", "size"], length),
  bpf_xdp_get_buff_len: row(["context"], { least: 0, most: 2 ** 31 - 1 }),
  bpf_xdp_adjust_head: row(["context", "any"], length, changes),
  bpf_xdp_adjust_tail: row(["context", "any"], length, changes),
  bpf_xdp_adjust_meta: row(["context", "any"], length, changes),
  bpf_skb_pull_data: row(["context", "any"], length, changes),
  bpf_skb_change_tail: row(["context", "any", "any"], length, changes),
  bpf_skb_change_head: row(["context", "any", "any"], length, changes),
  bpf_skb_change_proto: row(["context", "any", "any"], length, changes),
  bpf_skb_change_type: row(["context", "any"], length),
  bpf_skb_adjust_room: row(["context", "any", "any", "any"], length, changes),
  bpf_skb_vlan_push: row(["context", "any", "any"], length, changes),
  bpf_skb_vlan_pop: row(["context"], length, changes),
  bpf_l3_csum_replace: row(["context", "any", "any", "any", "any"], length, changes),
  bpf_l4_csum_replace: row(["context", "any", "any", "any", "any"], length, changes),
  bpf_csum_diff: row(["memoryOrNull", "sizeOrZero", "memoryOrNull", "sizeOrZero", "any"], "number"),
  bpf_csum_update: row(["context", "any"]),
  bpf_clone_redirect: row(["context", "any", "any"], length, changes),
  bpf_redirect: row(["any", "any"], length),
  bpf_redirect_peer: row(["any", "any"], length),
  bpf_redirect_neigh: row(["any", "memoryOrNull", "sizeOrZero", "any"], length),
  bpf_redirect_map: row(["map", "any", "any"], length, {
    maps: ["deviceMap", "deviceMapHash", "cpuMap", "xdpSocketMap"],
  }),
  bpf_fib_lookup: row(["context", "output", "size", "any"], length),
  bpf_skb_cgroup_id: row(["context"]),
  bpf_skb_ancestor_cgroup_id: row(["context", "any"]),
  bpf_skb_under_cgroup: row(["context", "map", "any"], length, { maps: ["cgroupArray"] }),
  bpf_get_hash_recalc: row(["context"], { least: 0, most: 2 ** 32 - 1 }),
  bpf_set_hash_invalid: row(["context"], "nothing"),
  bpf_skb_ecn_set_ce: row(["context"], length),
  bpf_get_route_realm: row(["context"], { least: 0, most: 2 ** 32 - 1 }),

  // The cgroup's own.
  bpf_get_retval: row([], length),
  bpf_set_retval: row(["any"], length),
  bpf_get_local_storage: row(["map", "any"], "mapValueOrNull", { maps: ["cgroupStorage"] }),
  bpf_sysctl_get_name: row(["context", "output", "size", "any"], length),
  bpf_sysctl_get_current_value: row(["context", "output", "size"], length),
  bpf_sysctl_get_new_value: row(["context", "output", "size"], length),
  bpf_sysctl_set_new_value: row(["context", "memory", "size"], length),
};
