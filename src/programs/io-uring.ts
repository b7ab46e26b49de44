// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Receives by io_uring, whose buffers no system call names. A request says where its bytes go when it is submitted; then
 * it is either carried out at once, by the same task, or waits for its socket, by a poll or a worker, and is found again
 * by that socket. Buffers that the kernel chooses (provided ones) stay unknown.
 */

import {
  addressOf,
  arrayMap,
  currentProcess,
  kernelPointer,
  lruHash,
  struct,
  tpBtf,
  u32,
  u64,
} from "../program/index.ts";
import { Payload, PayloadKind, payloadOfUserMessage } from "./payload.ts";
import { inScope } from "./scope.ts";
import type { file, io_kiocb, io_rw, io_sr_msg, sock, socket } from "./vmlinux.ts";

/** Opcodes of receives (`enum io_uring_op`, include/uapi/linux/io_uring.h). */
const Opcode = { readv: 1, recvmsg: 10, read: 22, recv: 27 } as const;

/** 1 once any receive has waited: until then nothing need be looked for by sockets. */
const Use = struct({ waits: u32, padding: u32 });
export const ringUse = arrayMap({ value: Use, maxEntries: 1 });

/** Where the last request that a task submitted puts its bytes. */
export const submittedReceives = lruHash({ key: u32, value: Payload, maxEntries: 8192 });
/** Where the receive that waits for a socket puts its bytes; by the socket's address. */
export const waitingReceives = lruHash({ key: u64, value: Payload, maxEntries: 8192 });

export const requestSubmitted = tpBtf("io_uring_submit_req", (request: io_kiocb) => {
  if (!inScope()) return;
  const payload = Payload.zero();
  if (payloadOfRequest(payload, request)) submittedReceives.set(u32(currentProcess()), payload);
});

export const requestWaits = tpBtf("io_uring_poll_arm", (request: io_kiocb) => {
  if (inScope()) noteWaiting(request);
});

export const requestToWorker = tpBtf("io_uring_queue_async_work", (request: io_kiocb) => {
  if (inScope()) noteWaiting(request);
});

/** A socket that is gone waits for nothing, and its address may be another one's soon. */
export const receiverGone = tpBtf("tcp_destroy_sock", (receiver: sock) => {
  if (anyWaits()) waitingReceives.delete(addressOf(receiver));
});

function noteWaiting(request: io_kiocb): void {
  const payload = Payload.zero();
  const use = ringUse.get(0);
  if (use === null || !payloadOfRequest(payload, request)) return;
  use.waits = 1;
  submittedReceives.delete(u32(currentProcess()));
  waitingReceives.set(socketOf(request), payload);
}

function anyWaits(): boolean {
  const use = ringUse.get(0);
  return use !== null && use.waits !== 0;
}

/** Notes where a request's bytes go, if it is a receive. */
function payloadOfRequest(payload: Payload, request: io_kiocb): boolean {
  const opcode = request.opcode;
  const command = addressOf(request.cmd);
  if (opcode === Opcode.recv) {
    payload.kind = PayloadKind.buffer;
    payload.address = addressOf(kernelPointer<io_sr_msg>(command).buf);
    return true;
  }
  if (opcode === Opcode.recvmsg) {
    payloadOfUserMessage(payload, addressOf(kernelPointer<io_sr_msg>(command).buf));
    return true;
  }
  if (opcode !== Opcode.read && opcode !== Opcode.readv) return false;
  const transfer = kernelPointer<io_rw>(command);
  payload.kind = opcode === Opcode.read ? PayloadKind.buffer : PayloadKind.userVector;
  payload.address = transfer.addr;
  payload.bufferCount = transfer.len;
  return true;
}

/** The address of the socket that a request is for; of another file a number that no socket has. */
function socketOf(request: io_kiocb): u64 {
  const opened: file = request.cmd.file;
  return addressOf(kernelPointer<socket>(addressOf(opened.private_data)).sk);
}

/** Notes where bytes for `receiver` are, if io_uring has put them somewhere after a wait. */
export function payloadOfWaiting(payload: Payload, receiver: sock): boolean {
  if (!anyWaits()) return false;
  const address = addressOf(receiver);
  const waiting = waitingReceives.get(address);
  if (waiting === null) return false;
  copyPayload(payload, waiting);
  waitingReceives.delete(address);
  return true;
}

/** Notes where the bytes are that the running call has io_uring receive at once. */
export function payloadOfSubmitted(payload: Payload): void {
  const task = u32(currentProcess());
  const submitted = submittedReceives.get(task);
  if (submitted === null) return;
  copyPayload(payload, submitted);
  submittedReceives.delete(task);
}

function copyPayload(target: Payload, source: Payload): void {
  target.kind = source.kind;
  target.bufferCount = source.bufferCount;
  target.address = source.address;
  target.skipBytes = 0n;
}
