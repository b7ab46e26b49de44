// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Receives by io_uring, whose buffers no system call names: each request is looked at when it is submitted, and what
 * it says is found again, by its socket, when bytes have come. Buffers that the kernel chooses (provided ones) stay
 * unknown.
 */

import { addressOf, kernelPointer, lruHash, tpBtf, u32, u64 } from "../program/index.ts";
import { Payload, PayloadKind } from "./payload.ts";
import { payloadOfUserMessage } from "./receive-call.ts";
import { inScope } from "./scope.ts";
import type { file, io_kiocb, io_rw, io_sr_msg, sock, socket } from "./vmlinux.ts";

/** Opcodes of receives (`enum io_uring_op`, include/uapi/linux/io_uring.h). */
const Opcode = { readv: 1, recvmsg: 10, read: 22, recv: 27 } as const;

/** Where the receive that waits on a socket puts its bytes; by the socket's address. */
export const submittedReceives = lruHash({ key: u64, value: Payload, maxEntries: 8192 });

export const submitRequest = tpBtf("io_uring_submit_req", (request: io_kiocb) => {
  if (!inScope()) return;
  const opcode = request.opcode;
  const payload = Payload.zero();
  const command = addressOf(request.cmd);
  if (opcode === Opcode.recv) {
    payload.kind = PayloadKind.buffer;
    payload.address = addressOf(kernelPointer<io_sr_msg>(command).buf);
  } else if (opcode === Opcode.recvmsg) {
    payloadOfUserMessage(payload, addressOf(kernelPointer<io_sr_msg>(command).buf));
  } else if (opcode === Opcode.read || opcode === Opcode.readv) {
    const transfer = kernelPointer<io_rw>(command);
    payload.kind = opcode === Opcode.read ? PayloadKind.buffer : PayloadKind.userVector;
    payload.address = transfer.addr;
    payload.bufferCount = transfer.len;
  } else {
    return;
  }
  submittedReceives.set(socketOf(request), payload);
});

/** The address of the socket that a request is for; of another file a number that no socket has. */
function socketOf(request: io_kiocb): u64 {
  const opened: file = request.cmd.file;
  return addressOf(kernelPointer<socket>(addressOf(opened.private_data)).sk);
}

/** Notes where the bytes are that io_uring has put somewhere for `receiver`. */
export function payloadOfRequest(payload: Payload, receiver: sock): void {
  const address = addressOf(receiver);
  const submitted = submittedReceives.get(address);
  if (submitted === null) return;
  payload.kind = submitted.kind;
  payload.address = submitted.address;
  payload.bufferCount = u32(submitted.bufferCount);
  payload.skipBytes = 0n;
  submittedReceives.delete(address);
}
