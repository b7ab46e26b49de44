// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Transfers by socket tracepoints (Linux 6.16 and newer): they cost nothing where nobody uses a socket, and see every
 * way in and out of one. A send's bytes are found where `tcp_sendmsg_locked` begins; a receive's in the
 * arguments of the running system call.
 */

import { currentTask, type i32, now, tpBtf, u64 } from "../program/index.ts";
import { takeTransfer } from "./exchange.ts";
import { payloadOfWaiting } from "./io-uring.ts";
import { Direction } from "./layouts.ts";
import { PayloadKind, ScratchOf, scratches } from "./payload.ts";
import { payloadOfCall } from "./receive-call.ts";
import { inScope } from "./scope.ts";
import { followedConnection, takeOwner } from "./socket-connection.ts";
import { beginTransfer, endSend, MessageFlag, receivingConnection, watchedConnection } from "./transfers.ts";
import type { msghdr, sock, task_struct } from "./vmlinux.ts";

export { receiverGone, requestSubmitted, requestToWorker, requestWaits } from "./io-uring.ts";
export { destroy, exit, fork, openConnections, stateChange } from "./lifecycle.ts";

export const sendBegin = tpBtf("tcp_sendmsg_locked", (socket: sock, message: msghdr) => {
  if (!inScope()) return;
  const connection = watchedConnection(socket);
  if (connection !== null) beginTransfer(connection.send, message);
});

export const sendEnd = tpBtf("sock_send_length", (socket: sock, result: i32) => {
  if (!inScope()) return;
  if (result <= 0) {
    const waiting = followedConnection(socket);
    if (waiting !== null) waiting.send.task = 0;
    return;
  }
  const connection = watchedConnection(socket);
  if (connection !== null) endSend(connection, u64(result), ScratchOf.send);
});

export const receiveEnd = tpBtf("sock_recv_length", (socket: sock, result: i32, flags: i32) => {
  if (result <= 0 || (flags & (MessageFlag.peek | MessageFlag.errorQueue)) !== 0) return;
  if (!inScope()) return;
  const connection = receivingConnection(socket, u64(result));
  if (connection === null) return;
  const scratch = scratches.get(ScratchOf.receive);
  if (scratch === null) return;
  if (!payloadOfWaiting(scratch.payload, socket)) payloadOfCall(scratch.payload, currentTask<task_struct>());
  if ((flags & MessageFlag.truncate) !== 0) scratch.payload.kind = PayloadKind.none;
  takeOwner(connection);
  const endNs = now();
  takeTransfer(connection, scratch, Direction.received, u64(result), endNs, endNs);
});
