// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Receives by io_uring, whose buffers no system call names. A request says where its bytes go when it is submitted; then
 * it is either carried out at once, by the same task, or waits for its socket, by a poll or a worker, and is found again
 * by that socket. Buffers that the kernel chooses (provided ones) stay unknown.
 */

import { addressOf, currentProcess, kernelPointer, lruHash, tpBtf, u32, u64 } from "../program/index.ts";
import { Payload, PayloadKind } from "./payload.ts";
import { payloadOfUserMessage } from "./receive-call.ts";
import { inScope } from "./scope.ts";
import type { file, io_kiocb, io_rw, io_sr_msg, sock, socket } from "./vmlinux.ts";

/** Opcodes of receives (`enum io_uring_op`, include/uapi/linux/io_uring.h). */
const Opcode = { readv: 1, recvmsg: 10, read: 22, recv: 27 } as const;

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

function noteWaiting(request: io_kiocb): void {
  const payload = Payload.zero();
  if (payloadOfRequest(payload, request)) waitingReceives.set(socketOf(request), payload);
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

/** Notes where the bytes are that io_uring has put somewhere for `receiver`. */
export function payloadOfReceiver(payload: Payload, receiver: sock): void {
  const address = addressOf(receiver);
  const waiting = waitingReceives.get(address);
  if (waiting !== null) {
    copyPayload(payload, waiting);
    waitingReceives.delete(address);
    return;
  }
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
