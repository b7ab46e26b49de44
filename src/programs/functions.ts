// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Transfers by entry and return of the kernel's TCP functions (Linux 6.1 and newer, where fentry is allowed). */

import { fentry, fexit, type i32, now, u64 } from "../program/index.ts";
import { takeTransfer } from "./exchange.ts";
import { Direction } from "./layouts.ts";
import { PayloadKind, ScratchOf, scratches } from "./payload.ts";
import { inScope } from "./scope.ts";
import { followedConnection, takeOwner } from "./socket-connection.ts";
import {
  beginTransfer,
  endSend,
  MessageFlag,
  receivingConnection,
  takePending,
  watchedConnection,
} from "./transfers.ts";
import type { msghdr, sock } from "./vmlinux.ts";

export { destroy, exit, fork, openConnections, stateChange } from "./lifecycle.ts";

export const sendBegin = fentry("tcp_sendmsg", (socket: sock, message: msghdr) => {
  if (!inScope()) return;
  const connection = watchedConnection(socket);
  if (connection === null) return;
  // Whatever is noted is of a call whose end was missed.
  connection.send.task = 0;
  beginTransfer(connection.send, message);
});

export const sendEnd = fexit("tcp_sendmsg", (socket: sock, _message: msghdr, _sizeBytes: u64, result: i32) => {
  if (!inScope()) return;
  const connection = followedConnection(socket);
  if (connection === null) return;
  if (result > 0) endSend(connection, u64(result), ScratchOf.send);
  else connection.send.task = 0;
});

/** sendfile and splice before Linux 6.5, which then became sends of pages. */
export const sendPageEnd = fexit(
  "tcp_sendpage",
  (socket: sock, _page: u64, _offset: i32, _sizeBytes: u64, _flags: i32, result: i32) => {
    if (result <= 0 || !inScope()) return;
    const connection = watchedConnection(socket);
    if (connection !== null) endSend(connection, u64(result), ScratchOf.sendPage);
  },
);

export const receiveBegin = fentry("tcp_recvmsg", (socket: sock, message: msghdr) => {
  if (!inScope()) return;
  const connection = receivingConnection(socket, 0n);
  if (connection === null) return;
  connection.receive.task = 0;
  beginTransfer(connection.receive, message);
});

export const receiveEnd = fexit(
  "tcp_recvmsg",
  (socket: sock, _message: msghdr, _sizeBytes: u64, flags: i32, _nameLength: u64, result: i32) => {
    if (result <= 0 || (flags & (MessageFlag.peek | MessageFlag.errorQueue)) !== 0) return;
    if (!inScope()) return;
    const connection = followedConnection(socket);
    if (connection === null) return;
    const scratch = scratches.get(ScratchOf.receive);
    if (scratch === null) return;
    const endNs = now();
    takePending(connection.receive, scratch, endNs);
    if ((flags & MessageFlag.truncate) !== 0) scratch.payload.kind = PayloadKind.none;
    takeOwner(connection);
    takeTransfer(connection, scratch, Direction.received, u64(result), endNs, endNs);
  },
);
