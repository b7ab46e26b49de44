// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Where the system call that is running puts the bytes it receives. */

import { addressOf, config, exists, readKernel, struct, taskRegisters, u32, u64 } from "../program/index.ts";
import { payloadOfSubmitted } from "./io-uring.ts";
import { type Payload, PayloadKind, payloadOfUserMessage } from "./payload.ts";
import type { pt_regs, task_struct } from "./vmlinux.ts";

/** Numbers of system calls on this machine. */
export const readCall = config(u32, 0);
export const readvCall = config(u32, 0);
export const recvfromCall = config(u32, 0);
export const recvmsgCall = config(u32, 0);
export const ringEnterCall = config(u32, 0);
/** The bit of a 32-bit call: those have other numbers, and their arguments are not looked at. */
export const compatFlag = config(u32, 0);

const Word = struct({ value: u64 });

/** A worker of io_uring, which carries the registers of the task that made it (`PF_IO_WORKER`). */
const ringWorker = 0x10;

/** Notes where the running call's bytes are. Of a call that is none of the known ones nothing is known. */
export function payloadOfCall(payload: Payload, task: task_struct): void {
  payload.kind = PayloadKind.none;
  payload.skipBytes = 0n;
  if (isCompat(task) || (task.flags & ringWorker) !== 0) return;
  const registers = taskRegisters<pt_regs>(task);
  const call = callNumber(registers);
  const second = secondArgument(registers);
  if (call === readCall || call === recvfromCall) {
    payload.kind = PayloadKind.buffer;
    payload.address = second;
  } else if (call === readvCall) {
    payload.kind = PayloadKind.userVector;
    payload.address = second;
    payload.bufferCount = u32(thirdArgument(registers));
  } else if (call === recvmsgCall) {
    payloadOfUserMessage(payload, second);
  } else if (call === ringEnterCall) {
    payloadOfSubmitted(payload);
  }
}

function isCompat(task: task_struct): boolean {
  const info = task.thread_info;
  const flags = exists(info, "status") ? info.status : u32(info.flags);
  return (flags & compatFlag) !== 0;
}

function callNumber(registers: pt_regs): u32 {
  return exists(registers, "orig_ax") ? u32(registers.orig_ax) : u32(registers.syscallno);
}

function secondArgument(registers: pt_regs): u64 {
  return exists(registers, "si") ? registers.si : generalRegister(registers, 1n);
}

function thirdArgument(registers: pt_regs): u64 {
  return exists(registers, "dx") ? registers.dx : generalRegister(registers, 2n);
}

/** One of arm64's x0 to x30. */
function generalRegister(registers: pt_regs, index: u64): u64 {
  const word = Word.zero();
  return readKernel(word, addressOf(registers.regs) + index * 8n) ? word.value : 0n;
}
