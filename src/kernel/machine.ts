/**
 * Everything that differs between the processors Tarsier runs on, in one table: numbers of system calls
 * (x64: `arch/x86/entry/syscalls/syscall_64.tbl`; arm64: `include/uapi/asm-generic/unistd.h`) and how the
 * kernel marks a 32-bit call.
 */

import { KernelError } from "../errors/error.ts";

/** System calls by which a program receives on a connected socket. */
export interface ReceiveCallNumbers {
  readonly read: number;
  readonly readv: number;
  readonly recvfrom: number;
  readonly recvmsg: number;
  readonly io_uring_enter: number;
}

/** One processor architecture. */
export interface Machine {
  /** The number of `bpf(2)`. */
  readonly bpfCall: number;
  /** The number of `perf_event_open(2)`. */
  readonly perfEventOpenCall: number;
  readonly receiveCalls: ReceiveCallNumbers;
  /** The bit of a 32-bit call in `thread_info.status` (x64: `TS_COMPAT`) or `thread_info.flags` (arm64: `_TIF_32BIT`). */
  readonly compatFlag: number;
}

const machines: Readonly<Record<string, Machine>> = {
  x64: {
    bpfCall: 321,
    perfEventOpenCall: 298,
    receiveCalls: { read: 0, readv: 19, recvfrom: 45, recvmsg: 47, io_uring_enter: 426 },
    compatFlag: 2,
  },
  arm64: {
    bpfCall: 280,
    perfEventOpenCall: 241,
    receiveCalls: { read: 63, readv: 65, recvfrom: 207, recvmsg: 212, io_uring_enter: 426 },
    compatFlag: 1 << 22,
  },
};

/** The machine this process runs on. Throws `KernelError` on one that Tarsier has no row for. */
export function thisMachine(architecture: string = process.arch): Machine {
  const machine = machines[architecture];
  if (machine === undefined) {
    throw new KernelError("MACHINE_UNKNOWN", `Tarsier does not know the processor ${architecture}: use x64 or arm64`);
  }
  return machine;
}
