/** What a kernel program can ask the kernel. The compiler's table of these is `compiler/kernel-functions.ts`. */

import type { SocketAddress, SocketBuffer, SocketOperation, TrafficPacket } from "./contexts.ts";
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
export function socketCookie(
  _socket: KernelStruct | SocketBuffer | TrafficPacket | SocketAddress | SocketOperation,
): bigint {
  return onlyInKernel("socketCookie");
}

/** The socket as a TCP socket, or `null` if it is none: `tcpSocket<tcp_sock>(sk)`. */
export function tcpSocket<Tcp extends KernelStruct>(_socket: KernelStruct): Tcp | null {
  return onlyInKernel("tcpSocket");
}

/** The id of the running task's cgroup. */
export function currentCgroupId(): bigint {
  return onlyInKernel("currentCgroupId");
}

/** The id of the running task's cgroup at this level of the hierarchy, the root being 0; 0n if it is not that deep. */
export function currentAncestorCgroupId(_level: number): bigint {
  return onlyInKernel("currentAncestorCgroupId");
}

/** Writes the name of the running thread, at most 15 bytes and a zero, into `name`: a byte string of 16. */
export function currentCommand(_name: object): boolean {
  return onlyInKernel("currentCommand");
}

/**
 * Copies text of user memory into `target`, up to its zero byte, or cut off to what fits with one. What stands behind it stays as it
 * was. False, with `target` zeroed, if it cannot be read.
 */
export function readUserText(_target: object, _address: bigint): boolean {
  return onlyInKernel("readUserText");
}

/** The same for kernel memory. */
export function readKernelText(_target: object, _address: bigint): boolean {
  return onlyInKernel("readKernelText");
}

/** The id of the cgroup in which the packet's socket was made; 0n for a packet that has none. */
export function packetCgroupId(_packet: SocketBuffer | TrafficPacket): bigint {
  return onlyInKernel("packetCgroupId");
}

/** The id of that cgroup's ancestor at this level of the hierarchy, the root being 0. */
export function packetAncestorCgroupId(_packet: SocketBuffer | TrafficPacket, _level: number): bigint {
  return onlyInKernel("packetAncestorCgroupId");
}

/** A random number, for samples and not for secrets. */
export function randomU32(): number {
  return onlyInKernel("randomU32");
}

/** The processor that the program runs on. */
export function processorId(): number {
  return onlyInKernel("processorId");
}
