// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** A connection's beginning and end, by tracepoints that all supported kernels have. */

import {
  addressOf,
  atomic,
  byteSwap16,
  type i32,
  kernelPointer,
  now,
  socketStorageIterator,
  tcpSocket,
  tpBtf,
  type u8,
  u32,
  type u64,
} from "../program/index.ts";
import { type Connection, Known, Mode } from "./connection.ts";
import { End, Role } from "./layouts.ts";
import { countLoss, reportConnection, reportExchangeInHand } from "./report.ts";
import { inScope, scopeCgroup, scopeProcesses, socketInScope } from "./scope.ts";
import { connectionOf, connections, followedConnection, isTcp, readAddresses, takeOwner } from "./socket-connection.ts";
import type { inet_sock, sock, task_struct, tcp_sock } from "./vmlinux.ts";

/** States of a TCP socket (include/net/tcp_states.h). */
const State = { established: 1, synSent: 2, synReceived: 3, finWait1: 4, close: 7, lastAck: 9 } as const;
/** Errors of a socket (include/uapi/asm-generic/errno.h). */
const SocketError = { brokenPipe: 32, reset: 104, timeout: 110, refused: 111 } as const;
/** Bit in `skc_flags`: the peer has sent FIN, which TCP counts as a byte received (`SOCK_DONE`). */
const peerDone = 2n;

export const stateChange = tpBtf("inet_sock_set_state", (socket: sock, before: i32, after: i32) => {
  if (after === State.synSent) {
    if (inScope() && isTcp(socket)) connecting(socket);
    return;
  }
  if (after === State.established && before === State.synReceived) {
    if (socketInScope(socket) && isTcp(socket)) connectionOf(socket, Mode.clean, Role.server);
    return;
  }
  const connection = followedConnection(socket);
  if (connection === null) {
    // Accepted by a process that is watched by its id, and closed without a transfer: it is told of all the same.
    const isClose = after === State.finWait1 || after === State.lastAck;
    if (isClose && scopeCgroup === 0n && inScope() && isTcp(socket)) {
      const closed = connectionOf(socket, Mode.joining, Role.unknown);
      if (closed !== null) takeOwner(closed);
    }
    return;
  }
  if (after === State.established) {
    readAddresses(socket, connection);
  } else if (after === State.finWait1 || after === State.lastAck) {
    if (connection.exchange.endpoint.globalProcess === 0 && inScope()) takeOwner(connection);
  } else if (after === State.close) {
    connection.end = endOf(before, socket.sk_err);
    connection.endNs = now();
    const endpoint = connection.exchange.endpoint;
    if (endpoint.localPort === 0) {
      // The port has been given back; its copy in network order is still there.
      endpoint.localPort = byteSwap16(kernelPointer<inet_sock>(addressOf(socket)).inet_sport);
    }
  }
});

function connecting(socket: sock): void {
  const earlier = followedConnection(socket);
  if (earlier !== null) {
    // The socket is used again, after an attempt that failed: the kernel has begun its totals anew.
    reportExchangeInHand(earlier);
    reportConnection(earlier, u32(earlier.end), earlier.endNs, earlier.sentBytes, earlier.receivedBytes);
    connections.delete(socket);
  }
  const opened = connectionOf(socket, Mode.clean, Role.client);
  if (opened !== null) takeOwner(opened);
}

function endOf(before: i32, error: i32): u8 {
  if (error === SocketError.reset || error === SocketError.brokenPipe) return End.reset;
  if (error === SocketError.refused) return End.refused;
  if (error === SocketError.timeout) return End.timeout;
  return before === State.synSent && error !== 0 ? End.refused : End.closed;
}

export const destroy = tpBtf("tcp_destroy_sock", (socket: sock) => {
  const connection = followedConnection(socket);
  if (connection === null) return;
  if (connection.endNs === 0n) {
    connection.end = endOf(0, socket.sk_err);
    connection.endNs = now();
  }
  // The socket may live on for a while, and then be found by the walk over what is open.
  connection.known = Known.reported;
  reportExchangeInHand(connection);
  reportTotals(socket, connection, connection.endNs);
});

/** Everything that is still open, when the observation ends; what happens to it after that is not told any more. */
export const openConnections = socketStorageIterator(
  connections,
  (socket: sock | null, connection: Connection | null) => {
    if (socket === null || connection === null) return;
    if (connection.known !== Known.followed) return;
    connection.known = Known.reported;
    // The exchange that another processor is at work on is told by that one.
    if (atomic.exchange(connection, "busy", 1) === 0) reportExchangeInHand(connection);
    reportTotals(socket, connection, connection.endNs === 0n ? now() : connection.endNs);
  },
);

/** Reports a connection with the totals of its socket. */
function reportTotals(socket: sock, connection: Connection, endNs: u64): void {
  const tcp = tcpSocket<tcp_sock>(socket);
  if (tcp === null) return;
  const finBytes = (socket.__sk_common.skc_flags & peerDone) !== 0n ? 1n : 0n;
  const receivedBytes = tcp.bytes_received > finBytes ? tcp.bytes_received - finBytes : 0n;
  const sentBytes = tcp.bytes_sent - tcp.bytes_retrans;
  reportConnection(connection, u32(connection.end), endNs, sentBytes, receivedBytes);
}

/** A watched process's children are watched too, where processes are watched by id. */
export const fork = tpBtf("sched_process_fork", (parent: task_struct, child: task_struct) => {
  if (scopeCgroup !== 0n || child.tgid === parent.tgid) return;
  if (!scopeProcesses.has(u32(parent.tgid))) return;
  if (!scopeProcesses.set(u32(child.tgid), u32(1))) countLoss();
});

/** A process is over when its last thread is. */
export const exit = tpBtf("sched_process_exit", (task: task_struct) => {
  if (scopeCgroup === 0n && task.signal.live.counter === 0) scopeProcesses.delete(u32(task.tgid));
});
