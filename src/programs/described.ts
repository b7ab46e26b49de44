// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * The provider of described events: whoever watches sockets in another way than by the kernel's hooks runs these programs
 * with what it saw. Connections are known by their cookies, and their owners as they are described.
 */

import { arrayMap, bytes, hash, struct, syscall, u8, u16, u32, u64, type ValueOf } from "../program/index.ts";
import { Connection, Known, Mode } from "./connection.ts";
import { takeTransfer } from "./exchange.ts";
import { Role } from "./layouts.ts";
import { scratches } from "./payload.ts";
import { countLoss, reportConnection, reportExchangeInHand } from "./report.ts";

/** A connection has begun. With `Role.unknown` it is older than the observation. */
export const Opened = struct({
  cookie: u64,
  localHigh: u64,
  localLow: u64,
  peerHigh: u64,
  peerLow: u64,
  startNs: u64,
  localPort: u16,
  peerPort: u16,
  role: u8,
  padding: bytes(3),
  process: u32,
  padding2: u32,
  name: bytes(16),
});
export type Opened = ValueOf<typeof Opened>;

/** Another process uses a connection. */
export const Owned = struct({ cookie: u64, process: u32, padding: u32, name: bytes(16) });
export type Owned = ValueOf<typeof Owned>;

/** Bytes have moved; where they lie is said as in `Payload`, with `PayloadKind.buffer`, `userVector` or `none`. */
export const Moved = struct({
  cookie: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
  address: u64,
  bufferCount: u32,
  payloadKind: u32,
  direction: u8,
  padding: bytes(7),
});
export type Moved = ValueOf<typeof Moved>;

/** A connection is over; with `End.open` only the observation is. */
export const Ended = struct({
  cookie: u64,
  endNs: u64,
  sentBytes: u64,
  receivedBytes: u64,
  end: u32,
  padding: u32,
});
export type Ended = ValueOf<typeof Ended>;

/** Connections that are followed at once. */
const connectionLimit = 4096;

export const connections = hash({ key: u64, value: Connection, maxEntries: connectionLimit });
/** What a connection begins with. */
export const blank = arrayMap({ value: Connection, maxEntries: 1 });

export const opened = syscall((event: Opened) => {
  const zero = blank.get(0);
  if (zero === null) return;
  if (!connections.set(event.cookie, zero)) {
    countLoss();
    return;
  }
  const connection = connections.get(event.cookie);
  if (connection === null) return;
  connection.known = Known.followed;
  connection.mode = event.role === Role.unknown ? Mode.joining : Mode.clean;
  connection.startNs = event.startNs;
  const endpoint = connection.exchange.endpoint;
  endpoint.cookie = event.cookie;
  endpoint.localHigh = event.localHigh;
  endpoint.localLow = event.localLow;
  endpoint.peerHigh = event.peerHigh;
  endpoint.peerLow = event.peerLow;
  endpoint.localPort = event.localPort;
  endpoint.peerPort = event.peerPort;
  endpoint.role = event.role;
  endpoint.process = event.process;
  endpoint.globalProcess = event.process;
  endpoint.name.copy(0, 16, event.name, 0);
});

export const owned = syscall((event: Owned) => {
  const connection = connections.get(event.cookie);
  if (connection === null) return;
  const endpoint = connection.exchange.endpoint;
  endpoint.process = event.process;
  endpoint.globalProcess = event.process;
  endpoint.name.copy(0, 16, event.name, 0);
});

export const transfer = syscall((event: Moved) => {
  const connection = connections.get(event.cookie);
  const scratch = scratches.get(0);
  if (connection === null || scratch === null) return;
  scratch.payload.kind = event.payloadKind;
  scratch.payload.address = event.address;
  scratch.payload.bufferCount = event.bufferCount;
  scratch.payload.skipBytes = 0n;
  takeTransfer(connection, scratch, event.direction, event.lengthBytes, event.startNs, event.endNs);
});

export const ended = syscall((event: Ended) => {
  const connection = connections.get(event.cookie);
  if (connection === null) return;
  connection.end = u8(event.end);
  connection.known = Known.reported;
  reportExchangeInHand(connection);
  reportConnection(connection, event.end, event.endNs, event.sentBytes, event.receivedBytes);
  connections.delete(event.cookie);
});
