/**
 * The file of a recording: a head, then events, each behind its kind and its length. Numbers are little-endian. docs/recordings.md
 * describes it.
 */

import { bytes, struct, u8, u16, u32, u64, type ValueOf } from "../../bytes/index.ts";

/** "TARSREC", and a zero. */
export const magic = 0x00434552_53524154n;
export const version = 1;

/** Text of the head: how the scope is named, then what was observed; UTF-8. */
export const Head = struct({
  magic: u64,
  version: u32,
  labelLength: u16,
  nameLength: u16,
  /** The wall clock when CLOCK_MONOTONIC was at `monotonicNs`; all times of events are of the latter. */
  wallMs: u64,
  monotonicNs: u64,
});
export type Head = ValueOf<typeof Head>;

/** Before each event: its kind, and how many bytes follow. Kinds that are not known are passed over. */
export const EventHead = struct({ kind: u32, lengthBytes: u32 });

export const EventKind = { process: 1, opened: 2, owned: 3, transfer: 4, bytes: 5, ended: 6, over: 7 } as const;

/** A process gets a name, or another one; behind it the name in UTF-8. */
export const ProcessNamed = struct({ process: u32, nameLength: u32 });

/** A connection begins, or an older one is met (role 0). */
export const ConnectionOpened = struct({
  cookie: u64,
  startNs: u64,
  local: bytes(16),
  peer: bytes(16),
  localPort: u16,
  peerPort: u16,
  role: u8,
  padding: bytes(3),
  process: u32,
  padding2: u32,
});
export type ConnectionOpened = ValueOf<typeof ConnectionOpened>;

/** Another process uses it. */
export const ConnectionOwned = struct({ cookie: u64, process: u32, padding: u32 });

/** Bytes moved. `offset` counts from where the connection was first seen. `directed`: from here on it was clean again. */
export const Transferred = struct({
  cookie: u64,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
  direction: u8,
  directed: u8,
  padding: bytes(6),
});
export type Transferred = ValueOf<typeof Transferred>;

/** Some of the bytes of the transfer that has `offset` in it; behind it they follow as runs (runs.ts). */
export const TransferredBytes = struct({
  cookie: u64,
  offset: u64,
  lengthBytes: u32,
  direction: u8,
  padding: bytes(3),
});

/** A connection is over, or the recording is (`End.open`). `listening`: taken for a server's, though nothing told so. */
export const ConnectionEnded = struct({
  cookie: u64,
  endNs: u64,
  sentBytes: u64,
  receivedBytes: u64,
  end: u8,
  listening: u8,
  padding: bytes(6),
});
export type ConnectionEnded = ValueOf<typeof ConnectionEnded>;

/** The last event: how long it was observed, what was lost, what it cost, and whether the limit was reached. */
export const Over = struct({
  durationNs: u64,
  lost: u64,
  agentCpuNs: u64,
  probeCpuNsEstimate: u64,
  limited: u32,
  padding: u32,
});
export type Over = ValueOf<typeof Over>;
