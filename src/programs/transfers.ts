// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What the providers of transfers have in common: a send or receive begins, and ends with a number of bytes. */

import { currentProcess, now, tcpSocket, u32, u64 } from "../program/index.ts";
import { type Connection, Known, Mode, type Pending } from "./connection.ts";
import { takeTransfer } from "./exchange.ts";
import { Direction, Role } from "./layouts.ts";
import { PayloadKind, payloadOfMessage, type Scratch, scratches } from "./payload.ts";
import { connectionOf, connections, isTcp, takeOwner } from "./socket-connection.ts";
import type { msghdr, sock, tcp_sock } from "./vmlinux.ts";

/** Flags of a receive (include/linux/socket.h): looking without taking, taking without copying, errors instead of data. */
export const MessageFlag = { peek: 2, truncate: 0x20, errorQueue: 0x2000 } as const;

/** The connection of a watched TCP socket. One that is older than the observation is joined. */
export function watchedConnection(socket: sock): Connection | null {
  return isTcp(socket) ? connectionOf(socket, Mode.joining, Role.unknown) : null;
}

/**
 * The connection of a watched TCP socket that is received from; `takenBytes` have just been. If no others were ever
 * taken from it and none sent, it was accepted just now and is not joined but followed from its beginning.
 */
export function receivingConnection(socket: sock, takenBytes: u64): Connection | null {
  if (!isTcp(socket)) return null;
  const followed = connections.get(socket);
  if (followed !== null) return followed.known === Known.followed ? followed : null;
  const tcp = tcpSocket<tcp_sock>(socket);
  if (tcp === null) return null;
  const waitingBytes = u64(tcp.rcv_nxt - tcp.copied_seq);
  const isFirst = tcp.bytes_sent === 0n && tcp.bytes_received - waitingBytes === takenBytes;
  return isFirst ? connectionOf(socket, Mode.clean, Role.server) : connectionOf(socket, Mode.joining, Role.unknown);
}

/** Notes where a transfer's bytes are, before the kernel moves them. Called again for the same transfer, it changes nothing. */
export function beginTransfer(pending: Pending, message: msghdr): void {
  const task = u32(currentProcess());
  if (pending.task === task) return;
  pending.task = task;
  pending.startNs = now();
  payloadOfMessage(pending.payload, message);
}

/** Ends a send: `lengthBytes` of what was noted at its beginning have been moved. */
export function endSend(connection: Connection, lengthBytes: u64, scratchIndex: u32): void {
  const pending = connection.send;
  const scratch = scratches.get(scratchIndex);
  if (scratch === null) return;
  const endNs = now();
  const startNs = takePending(pending, scratch, endNs);
  takeOwner(connection);
  takeTransfer(connection, scratch, Direction.sent, lengthBytes, startNs, endNs);
}

/** Moves what was noted to the scratch; what another task noted is of no use. Returns when the transfer began. */
export function takePending(pending: Pending, scratch: Scratch, endNs: u64): u64 {
  const isOurs = pending.task === u32(currentProcess());
  scratch.payload.kind = isOurs ? pending.payload.kind : PayloadKind.none;
  scratch.payload.bufferCount = pending.payload.bufferCount;
  scratch.payload.address = pending.payload.address;
  scratch.payload.skipBytes = pending.payload.skipBytes;
  pending.task = 0;
  return isOurs ? pending.startNs : endNs;
}
