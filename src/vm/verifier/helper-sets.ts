/** Which helpers a program may call at which hook (the kernel's `*_func_proto` functions). */

import type { HelperName } from "../../isa/index.ts";
import { type HookKind, hookKinds, type ProgramTypeName } from "../../spec/index.ts";
import { prototypes } from "./prototypes.ts";

const all = Object.keys(prototypes) as HelperName[];
const thoseOf = (...words: readonly string[]): HelperName[] =>
  words
    .join(" ")
    .split(/\s+/)
    .map((name) => `bpf_${name}` as HelperName);

/** Everywhere. */
const base = thoseOf(
  "map_lookup_elem map_lookup_percpu_elem map_update_elem map_delete_elem map_push_elem map_pop_elem map_peek_elem",
  "for_each_map_elem loop tail_call spin_lock spin_unlock timer_init timer_set_callback timer_start timer_cancel",
  "ringbuf_output ringbuf_reserve ringbuf_submit ringbuf_discard ringbuf_query trace_printk snprintf strtol strtoul strncmp",
  "ktime_get_ns ktime_get_boot_ns ktime_get_tai_ns jiffies64 get_prandom_u32 get_smp_processor_id get_numa_node_id",
  "get_current_task get_current_task_btf task_pt_regs get_current_cgroup_id get_current_ancestor_cgroup_id",
  "probe_read_user probe_read_kernel probe_read_user_str probe_read_kernel_str",
  "get_ns_current_pid_tgid get_current_pid_tgid cgrp_storage_get cgrp_storage_delete",
  "task_storage_get task_storage_delete",
);
const tracing = thoseOf(
  "get_current_uid_gid get_current_comm probe_read probe_read_str probe_write_user copy_from_user",
  "perf_event_output get_stackid get_stack send_signal send_signal_thread current_task_under_cgroup get_attach_cookie",
  "get_func_ip override_return perf_prog_read_value",
);
const typedTracing = thoseOf(
  "sk_storage_get sk_storage_delete inode_storage_get inode_storage_delete seq_write get_func_arg get_func_ret",
  "get_func_arg_cnt get_socket_cookie get_netns_cookie skc_to_tcp_sock skc_to_tcp6_sock skc_to_udp6_sock",
  "skc_to_unix_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock setsockopt getsockopt",
);
const socketCasts = thoseOf(
  "skc_to_tcp_sock skc_to_tcp6_sock skc_to_udp6_sock skc_to_unix_sock skc_to_tcp_timewait_sock",
  "skc_to_tcp_request_sock ktime_get_coarse_ns",
);
const packetReading = thoseOf(
  "skb_load_bytes skb_load_bytes_relative get_socket_cookie get_socket_uid get_netns_cookie perf_event_output",
);
const sockets = thoseOf(
  "sk_fullsock tcp_sock get_listener_sock sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release sk_storage_get",
  "sk_storage_delete",
);
const cgroup = thoseOf(
  "get_retval set_retval get_local_storage get_current_uid_gid get_current_comm get_cgroup_classid",
);
const socketMaps = thoseOf("sock_map_update sock_hash_update");

const traffic = thoseOf(
  "skb_store_bytes skb_pull_data skb_change_tail skb_change_head skb_change_proto skb_change_type skb_adjust_room",
  "skb_vlan_push skb_vlan_pop l3_csum_replace l4_csum_replace csum_diff csum_update clone_redirect redirect redirect_peer",
  "redirect_neigh fib_lookup skb_cgroup_id skb_ancestor_cgroup_id skb_under_cgroup get_hash_recalc set_hash_invalid",
  "skb_ecn_set_ce get_route_realm sk_assign get_cgroup_classid sk_cgroup_id sk_ancestor_cgroup_id",
);

/** Beside those of everywhere, by type of program. A type that is not here may call all that tracing may. */
const more: Readonly<Partial<Record<ProgramTypeName, readonly HelperName[]>>> = {
  socketFilter: packetReading,
  trafficControl: [...packetReading, ...traffic, ...sockets, ...socketCasts],
  xdp: thoseOf(
    "xdp_load_bytes xdp_store_bytes xdp_get_buff_len xdp_adjust_head xdp_adjust_tail xdp_adjust_meta csum_diff redirect",
    "redirect_map fib_lookup perf_event_output sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release",
  ).concat(socketCasts),
  cgroupSkb: [
    ...packetReading,
    ...sockets,
    ...socketCasts,
    ...cgroup,
    ...thoseOf("skb_cgroup_id skb_ancestor_cgroup_id sk_cgroup_id sk_ancestor_cgroup_id skb_ecn_set_ce"),
  ],
  cgroupSocket: [...cgroup, ...thoseOf("get_socket_cookie get_netns_cookie sk_storage_get perf_event_output")],
  cgroupSocketAddress: [
    ...cgroup,
    ...sockets,
    ...socketCasts,
    ...thoseOf("bind setsockopt getsockopt get_socket_cookie get_netns_cookie perf_event_output"),
  ],
  cgroupSocketOption: [
    ...cgroup,
    ...thoseOf("sk_storage_get sk_storage_delete setsockopt getsockopt tcp_sock get_netns_cookie perf_event_output"),
  ],
  cgroupDevice: [...cgroup, ...thoseOf("perf_event_output")],
  cgroupSysctl: [
    ...cgroup,
    ...thoseOf("sysctl_get_name sysctl_get_current_value sysctl_get_new_value sysctl_set_new_value perf_event_output"),
  ],
  socketOps: [
    ...socketMaps,
    ...socketCasts,
    ...thoseOf(
      "setsockopt getsockopt sock_ops_cb_flags_set get_socket_cookie get_netns_cookie get_local_storage",
      "perf_event_output sk_storage_get sk_storage_delete tcp_sock",
    ),
  ],
  socketLookup: [...socketCasts, ...thoseOf("sk_assign sk_release perf_event_output")],
  socketReuseport: thoseOf(
    "sk_select_reuseport skb_load_bytes skb_load_bytes_relative get_socket_cookie ktime_get_coarse_ns",
  ),
  skSkb: [
    ...thoseOf("skb_store_bytes skb_load_bytes skb_pull_data skb_change_tail skb_change_head skb_adjust_room"),
    ...thoseOf("get_socket_cookie get_socket_uid sk_redirect_map sk_redirect_hash perf_event_output"),
    ...thoseOf("sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release"),
    ...socketCasts,
  ],
  skMsg: [
    ...socketCasts,
    ...thoseOf("msg_redirect_map msg_redirect_hash msg_apply_bytes msg_cork_bytes msg_pull_data msg_push_data"),
    ...thoseOf("msg_pop_data get_current_uid_gid perf_event_output sk_storage_get sk_storage_delete get_netns_cookie"),
    ...thoseOf("get_cgroup_classid"),
  ],
  flowDissector: thoseOf("skb_load_bytes"),
  netfilter: [],
  kprobe: tracing,
  tracepoint: tracing,
  perfEvent: tracing,
  rawTracepoint: tracing,
  tracing: [...tracing, ...typedTracing],
  lsm: [...tracing, ...typedTracing],
  syscall: all,
  structOps: [...tracing, ...typedTracing],
  extension: all,
};

/** The helpers of a kind of hook. */
export function helpersOf(kind: HookKind): ReadonlySet<HelperName> {
  return new Set([...base, ...(more[hookKinds[kind].program] ?? tracing)]);
}
