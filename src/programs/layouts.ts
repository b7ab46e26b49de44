// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What the kernel half and the user half share: records in the ring buffer, settings, totals. */

import { bytes, struct, u8, u16, u32, u64, type ValueOf } from "../program/index.ts";

/** Bytes of a request's and of a response's head that a record can carry. */
export const requestTextCapacity = 2048;
export const responseTextCapacity = 1024;
/** Bytes of one piece of a raw segment. */
export const pieceCapacity = 8192;

export const RecordKind = {
  exchange: 1,
  switched: 2,
  segment: 3,
  connection: 4,
  unfinished: 5,
  /** Only where the observation is recorded: a transfer, and parts of its bytes, laid out as a segment is. */
  transfer: 6,
  part: 7,
} as const;
export const Role = { unknown: 0, client: 1, server: 2 } as const;
export const Direction = { received: 0, sent: 1 } as const;
export const End = { open: 0, closed: 1, reset: 2, refused: 3, timeout: 4 } as const;

/** Who talks to whom: at the front of every record. Addresses are IPv6, IPv4 ones mapped, as two halves in network order. */
export const Endpoint = struct({
  cookie: u64,
  localHigh: u64,
  localLow: u64,
  peerHigh: u64,
  peerLow: u64,
  localPort: u16,
  peerPort: u16,
  role: u8,
  padding: bytes(3),
  /** The process that used the socket last: its id in Tarsier's pid namespace, and in the first one. */
  process: u32,
  globalProcess: u32,
  name: bytes(16),
});
export type Endpoint = ValueOf<typeof Endpoint>;

/**
 * One request turn and its response turn; behind it `requestTextLength` bytes of the request's head and
 * `responseTextLength` of the response's. `exchange`: whole and clean. `unfinished`: the connection
 * ended before it did. `switched`: what was known when the connection stopped being clean; segments follow, from
 * the offsets where this one ends.
 */
export const Exchange = struct({
  kind: u32,
  requestTextLength: u16,
  responseTextLength: u16,
  endpoint: Endpoint,
  requestStartNs: u64,
  requestEndNs: u64,
  responseStartNs: u64,
  responseEndNs: u64,
  requestBytes: u64,
  responseBytes: u64,
  requestOffset: u64,
  responseOffset: u64,
});
export type Exchange = ValueOf<typeof Exchange>;

/** A piece of a connection's bytes, as one system call moved them; behind it `textLength` bytes of them. */
export const Segment = struct({
  kind: u32,
  textLength: u32,
  endpoint: Endpoint,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  direction: u32,
  padding: u32,
});
export type Segment = ValueOf<typeof Segment>;

/** One transfer, for a recording. `directed`: it was the first after a directive was followed. */
export const Transfer = struct({
  kind: u32,
  direction: u8,
  directed: u8,
  padding: u16,
  endpoint: Endpoint,
  connectionStartNs: u64,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
});
export type Transfer = ValueOf<typeof Transfer>;

/** A connection's end, or its state when the observation ends. */
export const ConnectionEnd = struct({
  kind: u32,
  end: u32,
  endpoint: Endpoint,
  startNs: u64,
  endNs: u64,
  sentBytes: u64,
  receivedBytes: u64,
});
export type ConnectionEnd = ValueOf<typeof ConnectionEnd>;

/** What the agent changes while programs run. */
export const Settings = struct({
  /** One in so many clean exchanges is sent to user space; the others are only counted. */
  exchangeStride: u32,
  padding: u32,
});
export type Settings = ValueOf<typeof Settings>;

/** Counted by each processor. */
export const Totals = struct({
  serverExchanges: u64,
  clientExchanges: u64,
  connections: u64,
  sampledOut: u64,
  lostRecords: u64,
});
export type Totals = ValueOf<typeof Totals>;

/** Latencies are counted in four buckets to each power of two of nanoseconds. */
export const latencyBucketCount = 256;

/** What user space tells a raw connection: it is no HTTP, or it is clean again from these stream offsets on. */
export const Directive = struct({
  opaque: u32,
  padding: u32,
  requestOffset: u64,
  responseOffset: u64,
});
export type Directive = ValueOf<typeof Directive>;
