/** What a kernel program can ask the kernel. The compiler's table of these is `compiler/kernel-functions.ts`. */

import type { KernelStruct } from "./kernel-types.ts";
import { onlyInKernel } from "./only-in-kernel.ts";

/** Nanoseconds since boot, not counting suspend (CLOCK_MONOTONIC). */
export function now(): bigint {
  return onlyInKernel("now");
}

/** Process id in the upper, thread id in the lower 32 bits. */
export function currentProcess(): bigint {
  return onlyInKernel("currentProcess");
}

/** The running task. Name your own interface: `currentTask<task_struct>()`. */
export function currentTask<Task extends KernelStruct>(): Task {
  return onlyInKernel("currentTask");
}

/** The user registers of a task as it entered the kernel: `taskRegisters<pt_regs>(task)`. */
export function taskRegisters<Registers extends KernelStruct>(_task: KernelStruct): Registers {
  return onlyInKernel("taskRegisters");
}

/** A number for this socket that no other socket since boot has. */
export function socketCookie(_socket: KernelStruct): bigint {
  return onlyInKernel("socketCookie");
}

/** The socket as a TCP socket, or `null` if it is none: `tcpSocket<tcp_sock>(sk)`. */
export function tcpSocket<Tcp extends KernelStruct>(_socket: KernelStruct): Tcp | null {
  return onlyInKernel("tcpSocket");
}

export function currentCgroupId(): bigint {
  return onlyInKernel("currentCgroupId");
}

/** The id of the running task's cgroup at this level of the hierarchy, the root being 0; 0n if it is not that deep. */
export function currentAncestorCgroupId(_level: number): bigint {
  return onlyInKernel("currentAncestorCgroupId");
}

export function randomU32(): number {
  return onlyInKernel("randomU32");
}

export function processorId(): number {
  return onlyInKernel("processorId");
}
