// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * The kernel's structures that the examples read, and of each only the members they read: where a member lies is found
 * in the running kernel's types when a program is loaded. `tarsier types NAME` prints them whole.
 */

import type { i32, i64, KernelArray, KernelStruct, Pointer, u8, u16, u32, u64 } from "tarsier/program";

export interface signal_struct extends KernelStruct {
  readonly live: atomic_t;
}

export interface atomic_t extends KernelStruct {
  readonly counter: i32;
}

export interface task_struct extends KernelStruct {
  readonly pid: i32;
  readonly tgid: i32;
  readonly exit_code: i32;
  readonly comm: KernelArray<u8, 16>;
  readonly real_parent: Pointer<task_struct>;
  readonly signal: Pointer<signal_struct>;
  readonly cgroups: Pointer<css_set>;
}

export interface kernfs_node extends KernelStruct {
  readonly id: u64;
}

export interface cgroup extends KernelStruct {
  readonly level: i32;
  readonly ancestors: KernelArray<Pointer<cgroup>, 1>;
  readonly kn: Pointer<kernfs_node>;
}

export interface css_set extends KernelStruct {
  readonly dfl_cgrp: Pointer<cgroup>;
}

/** What is executed. */
export interface linux_binprm extends KernelStruct {
  readonly filename: Pointer<u8>;
  readonly argc: i32;
}

export interface in6_addr extends KernelStruct {
  readonly in6_u: KernelArray<u8, 16>;
}

export interface sock_common extends KernelStruct {
  readonly skc_family: u16;
  readonly skc_dport: u16;
  readonly skc_daddr: u32;
  readonly skc_v6_daddr: in6_addr;
}

export interface sock extends KernelStruct {
  readonly __sk_common: sock_common;
  readonly sk_protocol: u16;
  readonly sk_err: i32;
}

export interface tcp_sock extends KernelStruct {
  readonly bytes_sent: u64;
  readonly bytes_received: u64;
}

/** The record of a tracepoint of a system call's entry: its arguments. */
export interface trace_event_raw_sys_enter extends KernelStruct {
  readonly id: u64;
  readonly args: KernelArray<u64, 6>;
}

/** And of its exit: its result. */
export interface trace_event_raw_sys_exit extends KernelStruct {
  readonly ret: i64;
}

/** A sample of a perf event. */
export interface bpf_perf_event_data extends KernelStruct {
  readonly sample_period: u64;
}

/** A process's registers as it entered the kernel. */
export interface pt_regs extends KernelStruct {
  readonly sp: u64;
}
