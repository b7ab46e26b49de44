// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * The kernel structures these programs read, and of each only the members they read. Where a member
 * lies is found at load time in the running kernel's BTF (CO-RE), so nothing here says offsets; members
 * that only some kernels have are guarded by `exists()` where they are read.
 */

import type { i32, KernelArray, KernelStruct, Pointer, u8, u16, u32, u64 } from "../program/index.ts";

export interface in6_addr extends KernelStruct {
  readonly in6_u: KernelArray<u8, 16>;
}

export interface sock_common extends KernelStruct {
  readonly skc_family: u16;
  readonly skc_state: u8;
  readonly skc_num: u16;
  readonly skc_dport: u16;
  readonly skc_rcv_saddr: u32;
  readonly skc_daddr: u32;
  readonly skc_flags: u64;
  readonly skc_v6_rcv_saddr: in6_addr;
  readonly skc_v6_daddr: in6_addr;
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
  /** The cgroup in the version 2 hierarchy. */
  readonly dfl_cgrp: Pointer<cgroup>;
}

export interface sock_cgroup_data extends KernelStruct {
  readonly cgroup: Pointer<cgroup>;
}

export interface sock extends KernelStruct {
  readonly __sk_common: sock_common;
  readonly sk_protocol: u16;
  readonly sk_err: i32;
  readonly sk_cgrp_data: sock_cgroup_data;
}

export interface inet_sock extends KernelStruct {
  readonly inet_sport: u16;
}

export interface tcp_sock extends KernelStruct {
  readonly bytes_sent: u64;
  readonly bytes_retrans: u64;
  readonly bytes_received: u64;
  readonly rcv_nxt: u32;
  readonly copied_seq: u32;
}

/** One of the buffers of a vectored call; the user's and the kernel's are alike. */
export interface iovec extends KernelStruct {
  readonly iov_base: Pointer<u8>;
  readonly iov_len: u64;
}

export interface iov_iter extends KernelStruct {
  readonly iter_type: u8;
  readonly iov_offset: u64;
  readonly nr_segs: u64;
  readonly ubuf: Pointer<u8>;
  /** Since Linux 6.4; `iov` before. */
  readonly __iov: Pointer<iovec>;
  readonly iov: Pointer<iovec>;
}

export interface msghdr extends KernelStruct {
  readonly msg_iter: iov_iter;
}

export interface upid extends KernelStruct {
  readonly nr: i32;
}

export interface pid extends KernelStruct {
  readonly level: u32;
  readonly numbers: KernelArray<upid, 1>;
}

export interface thread_info extends KernelStruct {
  readonly flags: u64;
  /** x64 only. */
  readonly status: u32;
}

export interface atomic_t extends KernelStruct {
  readonly counter: i32;
}

export interface signal_struct extends KernelStruct {
  /** Threads of the process that have not ended. */
  readonly live: atomic_t;
}

export interface task_struct extends KernelStruct {
  readonly thread_info: thread_info;
  readonly pid: i32;
  readonly tgid: i32;
  readonly group_leader: Pointer<task_struct>;
  readonly thread_pid: Pointer<pid>;
  readonly comm: KernelArray<u8, 16>;
  readonly cgroups: Pointer<css_set>;
  readonly signal: Pointer<signal_struct>;
  readonly flags: u32;
}

export interface socket extends KernelStruct {
  readonly sk: Pointer<sock>;
}

export interface file extends KernelStruct {
  /** Of a socket's file: its `socket`. */
  readonly private_data: Pointer<u8>;
}

export interface io_cmd_data extends KernelStruct {
  readonly file: Pointer<file>;
}

/** A request to io_uring; what it is about lies at `cmd`, in a structure that depends on the opcode. */
export interface io_kiocb extends KernelStruct {
  readonly cmd: io_cmd_data;
  readonly opcode: u8;
}

export interface io_sr_msg extends KernelStruct {
  readonly buf: Pointer<u8>;
}

export interface io_rw extends KernelStruct {
  readonly addr: u64;
  readonly len: u32;
}

/** The registers of a system call; the members of every processor, each guarded by `exists()`. */
export interface pt_regs extends KernelStruct {
  /** x64: the call's number and its second and third argument. */
  readonly orig_ax: u64;
  readonly si: u64;
  readonly dx: u64;
  /** arm64: the call's number, and x0 to x30. */
  readonly syscallno: i32;
  readonly regs: KernelArray<u64, 31>;
}
