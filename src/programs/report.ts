// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What leaves the kernel: records in the ring buffer, and counts in maps that are exact whatever is sampled or lost. */

import {
  arrayMap,
  atomic,
  log2,
  min,
  perCpuArray,
  repeat,
  ringBuffer,
  struct,
  type u8,
  u32,
  u64,
} from "../program/index.ts";
import { Chunked, type Connection, hasOverlap, Mode, Phase } from "./connection.ts";
import {
  ConnectionEnd,
  Direction,
  End,
  type Endpoint,
  Exchange,
  latencyBucketCount,
  pieceCapacity,
  RecordKind,
  Role,
  Segment,
  Settings,
  Totals,
} from "./layouts.ts";
import { readPayload, type Scratch } from "./payload.ts";

export const records = ringBuffer({ sizeBytes: 4 * 1024 * 1024 });
export const settings = arrayMap({ value: Settings, maxEntries: 1, mmapable: true });
/** Counted by each processor, and there atomically: a program may be interrupted by another one. */
export const totals = perCpuArray({ value: Totals, maxEntries: 1 });
const Count = struct({ value: u64 });

/** Counts by bucket: first served exchanges, then sent ones. */
export const latencies = perCpuArray({ value: Count, maxEntries: 2 * latencyBucketCount });

/** Body length of a response that ends with its connection. */
export const bodyUntilClose = 0xffffffffffffffffn;

/** Pieces that one transfer is cut into at most; bytes behind them are a gap. */
const pieceLimit = 128;

/** Counts a whole exchange, and sends it unless sampling leaves it out. */
export function reportExchange(connection: Connection): void {
  const exchange = connection.exchange;
  const total = totals.get(0);
  const setting = settings.get(0);
  if (total === null || setting === null) return;
  const served = exchange.endpoint.role === Role.server;
  if (served) atomic.add(total, "serverExchanges", 1n);
  else atomic.add(total, "clientExchanges", 1n);
  countLatency(served, exchange.responseEndNs - exchange.requestStartNs);
  const count = served ? total.serverExchanges : total.clientExchanges;
  if (setting.exchangeStride > 1 && count % u64(setting.exchangeStride) !== 0n) {
    atomic.add(total, "sampledOut", 1n);
    return;
  }
  exchange.kind = RecordKind.exchange;
  sendExchange(connection);
}

/** Counts and sends an exchange that ended before its time: unanswered, or cut off. Never sampled. */
export function reportUnfinished(connection: Connection): void {
  const total = totals.get(0);
  if (total === null) return;
  if (connection.exchange.endpoint.role === Role.server) atomic.add(total, "serverExchanges", 1n);
  else atomic.add(total, "clientExchanges", 1n);
  connection.exchange.kind = RecordKind.unfinished;
  sendExchange(connection);
}

/**
 * Hands a connection over to user space: what is known of the exchange in hand, and where in both streams
 * it begins and ends. `unclean`: the transfer in hand, at `offset`, is not part of it and follows as segments.
 */
export function reportSwitch(connection: Connection, direction: u8, offset: u64, unclean: boolean): void {
  const exchange = connection.exchange;
  const served = exchange.endpoint.role === Role.server;
  let received = connection.receivedBytes;
  let sent = connection.sentBytes;
  if (unclean && direction === Direction.received) received = offset;
  if (unclean && direction === Direction.sent) sent = offset;
  if (connection.overlapReceived !== 0) received = min(received, connection.overlapReceivedOffset);
  if (connection.overlapSent !== 0) sent = min(sent, connection.overlapSentOffset);
  if (connection.phase === Phase.idle) {
    exchange.requestOffset = served ? received : sent;
    exchange.requestBytes = 0n;
    exchange.requestTextLength = 0;
  }
  if (connection.phase !== Phase.response) {
    exchange.responseOffset = served ? sent : received;
    exchange.responseBytes = 0n;
    exchange.responseTextLength = 0;
  }
  exchange.kind = RecordKind.switched;
  sendExchange(connection);
}

/** Tells of the exchange that a connection leaves behind when it ends, or when the observation does. */
export function reportExchangeInHand(connection: Connection): void {
  if (connection.mode !== Mode.clean) return;
  if (hasOverlap(connection)) {
    // Its last bytes went out as segments: user space has the rest of it.
    reportSwitch(connection, Direction.received, connection.receivedBytes, false);
    connection.mode = Mode.raw;
    return;
  }
  if (connection.phase === Phase.idle) return;
  // A response of no stated length ends with its connection, if that ends by agreement.
  const hasNoLength = connection.chunked === Chunked.no && connection.remainingBytes === bodyUntilClose;
  const isWhole = hasNoLength ? connection.end === End.closed : connection.chunked === Chunked.perhapsEnded;
  if (connection.phase === Phase.response && isWhole) reportExchange(connection);
  else reportUnfinished(connection);
}

/** Sends the exchange at the front of a connection with its text. */
export function sendExchange(connection: Connection): void {
  const exchange = connection.exchange;
  const lengthBytes = u32(Exchange.sizeBytes) + u32(exchange.requestTextLength) + u32(exchange.responseTextLength);
  if (!records.output(connection, lengthBytes)) countLoss();
}

/** Sends a transfer's bytes in pieces, as far as they can be read; at least one piece, which tells its length. */
export function reportSegments(
  connection: Connection,
  scratch: Scratch,
  direction: u8,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
): void {
  const segment = scratch.segment;
  segment.kind = RecordKind.segment;
  segment.direction = u32(direction);
  segment.startNs = startNs;
  copyEndpoint(segment.endpoint, connection.exchange.endpoint);
  repeat(pieceLimit, sendPiece, scratch, offset, lengthBytes);
}

function sendPiece(index: u32, scratch: Scratch, offset: u64, lengthBytes: u64): boolean {
  const from = u64(index) * u64(pieceCapacity);
  if (from >= lengthBytes) return false;
  const rest = lengthBytes - from;
  const pieceBytes = min(rest, u64(pieceCapacity));
  const textLength = readPayload(scratch, from, u32(pieceBytes));
  // The last piece, and one that could not be read, stand for all that is left.
  const isLast = index === pieceLimit - 1 || u64(textLength) < pieceBytes;
  const segment = scratch.segment;
  segment.offset = offset + from;
  segment.lengthBytes = isLast ? rest : pieceBytes;
  segment.textLength = textLength;
  if (!records.output(scratch, u32(Segment.sizeBytes) + textLength)) countLoss();
  return !isLast;
}

/** Sends what became of a connection. */
export function reportConnection(
  connection: Connection,
  end: u32,
  endNs: u64,
  sentBytes: u64,
  receivedBytes: u64,
): void {
  const total = totals.get(0);
  if (total !== null) atomic.add(total, "connections", 1n);
  const record = ConnectionEnd.zero();
  record.kind = RecordKind.connection;
  record.end = end;
  copyEndpoint(record.endpoint, connection.exchange.endpoint);
  record.startNs = connection.startNs;
  record.endNs = endNs;
  record.sentBytes = sentBytes;
  record.receivedBytes = receivedBytes;
  if (!records.output(record, u32(ConnectionEnd.sizeBytes))) countLoss();
}

export function copyEndpoint(target: Endpoint, source: Endpoint): void {
  target.cookie = source.cookie;
  target.localHigh = source.localHigh;
  target.localLow = source.localLow;
  target.peerHigh = source.peerHigh;
  target.peerLow = source.peerLow;
  target.localPort = source.localPort;
  target.peerPort = source.peerPort;
  target.role = source.role;
  target.process = source.process;
  target.globalProcess = source.globalProcess;
  target.name.copy(0, 16, source.name, 0);
}

function countLatency(served: boolean, latencyNs: u64): void {
  const power = log2(latencyNs);
  const quarter = power < 2 ? u32(0) : u32(latencyNs >> u64(power - 2)) & 3;
  const index = min(power * 4 + quarter, latencyBucketCount - 1);
  const count = latencies.get(served ? index : index + latencyBucketCount);
  if (count !== null) atomic.add(count, "value", 1n);
}

/** Counts something that could not be told. */
export function countLoss(): void {
  const total = totals.get(0);
  if (total !== null) atomic.add(total, "lostRecords", 1n);
}
