// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Turns: what one transfer means for a connection that is clean, or is being joined. Each either goes on with the turn in
 * hand, begins one, or is not provably either: then it is unclean, and nothing of the connection's state has been
 * changed.
 */

import { min, u8, u16, u32, u64 } from "../program/index.ts";
import { Chunked, type Connection, Mode, Phase } from "./connection.ts";
import { readHead, Start, startOf } from "./head.ts";
import { Direction, Role, requestTextCapacity, responseTextCapacity } from "./layouts.ts";
import { type Head, readPayload, type Scratch } from "./payload.ts";
import { bodyUntilClose, reportExchange } from "./report.ts";

/** What became of a transfer. `body`: what follows the head, or all of it, belongs to the response in hand. */
export const Outcome = { taken: 0, complete: 1, unclean: 2, noHttp: 3, body: 4 } as const;

const lastChunk = 0x0a0d0a0d300a0dn; // "\r\n0\r\n\r\n"
const emptyLine = 0x0a0d0a0dn; // "\r\n\r\n"
const sevenBytes = 0xffffffffffffffn;

/** Takes a transfer as part of a turn; one of `Outcome`. */
export function judge(
  connection: Connection,
  scratch: Scratch,
  direction: u8,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
): u8 {
  const served = connection.exchange.endpoint.role === Role.server;
  const isRequest = (direction === Direction.received) === served;
  if (isRequest && connection.phase === Phase.response && connection.chunked === Chunked.perhapsEnded) {
    // The client goes on, so that was the end of the trailers.
    reportExchange(connection);
    connection.phase = Phase.idle;
  }
  let bodyBytes = lengthBytes;
  if (connection.mode === Mode.joining || connection.phase === (isRequest ? Phase.idle : Phase.request)) {
    if (!isRequest && connection.mode === Mode.clean && connection.remainingBytes !== 0n) return Outcome.unclean;
    const available = readPayload(scratch, 0n, u32(min(lengthBytes, u64(requestTextCapacity))));
    const begin = startOf(scratch, available);
    readHead(scratch, available);
    const head = scratch.head;
    let outcome = u8(Outcome.taken);
    if (connection.mode === Mode.joining)
      outcome = join(connection, direction, begin, head, offset, lengthBytes, startNs, endNs);
    else if (isRequest) outcome = beginRequest(connection, begin, head, offset, lengthBytes, startNs, endNs);
    else outcome = beginResponse(connection, begin, head, offset, lengthBytes, startNs);
    const hasHead = outcome === Outcome.taken || outcome === Outcome.body;
    if (hasHead && connection.mode === Mode.clean) keepHead(connection, scratch, head);
    if (outcome !== Outcome.body) return outcome;
    bodyBytes = lengthBytes - u64(head.lengthBytes);
  } else if (isRequest) {
    if (connection.phase === Phase.response) return Outcome.unclean;
    return continueRequest(connection, lengthBytes, endNs);
  } else if (connection.phase === Phase.idle) {
    const heard = served ? connection.receivedBytes : connection.sentBytes;
    return heard === 0n ? Outcome.noHttp : Outcome.unclean;
  }
  return takeBody(connection, scratch, bodyBytes, lengthBytes, endNs);
}

/** An older connection becomes clean when a request begins. */
function join(
  connection: Connection,
  direction: u8,
  begin: u8,
  head: Head,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
): u8 {
  if (begin !== Start.request && begin !== Start.headRequest) return Outcome.taken;
  connection.exchange.endpoint.role = direction === Direction.received ? Role.server : Role.client;
  connection.mode = Mode.clean;
  return beginRequest(connection, begin, head, offset, lengthBytes, startNs, endNs);
}

function beginRequest(
  connection: Connection,
  begin: u8,
  head: Head,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
): u8 {
  if (begin === Start.other) return offset === 0n ? Outcome.noHttp : Outcome.unclean;
  if (begin !== Start.request && begin !== Start.headRequest) return Outcome.unclean;
  if (head.lengthBytes === 0 || head.clean === 0 || head.chunked !== 0) return Outcome.unclean;
  const bodyBytes = lengthBytes - u64(head.lengthBytes);
  if (bodyBytes > head.contentLength) return Outcome.unclean;

  const exchange = connection.exchange;
  exchange.requestStartNs = startNs;
  exchange.requestEndNs = endNs;
  exchange.responseStartNs = 0n;
  exchange.responseEndNs = 0n;
  exchange.requestBytes = lengthBytes;
  exchange.responseBytes = 0n;
  exchange.requestOffset = offset;
  connection.headOnly = begin === Start.headRequest ? 1 : 0;
  connection.remainingBytes = head.contentLength - bodyBytes;
  connection.phase = Phase.request;
  return Outcome.taken;
}

function continueRequest(connection: Connection, lengthBytes: u64, endNs: u64): u8 {
  if (lengthBytes > connection.remainingBytes) return Outcome.unclean;
  connection.remainingBytes -= lengthBytes;
  connection.exchange.requestBytes += lengthBytes;
  connection.exchange.requestEndNs = endNs;
  return Outcome.taken;
}

function beginResponse(connection: Connection, begin: u8, head: Head, offset: u64, lengthBytes: u64, startNs: u64): u8 {
  if (begin !== Start.response || head.lengthBytes === 0 || head.clean === 0) return Outcome.unclean;
  if (head.lengthBytes > responseTextCapacity || head.status < 200) return Outcome.unclean;
  let remainingBytes = bodyUntilClose;
  let chunked = u8(Chunked.no);
  if (connection.headOnly !== 0 || head.status === 204 || head.status === 304) remainingBytes = 0n;
  else if (head.chunked !== 0) chunked = Chunked.goesOn;
  else if (head.contentLengthAt !== 0) remainingBytes = head.contentLength;
  if (lengthBytes - u64(head.lengthBytes) > remainingBytes) return Outcome.unclean;

  const exchange = connection.exchange;
  connection.remainingBytes = remainingBytes;
  connection.chunked = chunked;
  connection.tail = emptyLine << 24n;
  connection.phase = Phase.response;
  exchange.responseStartNs = startNs;
  exchange.responseOffset = offset;
  exchange.responseBytes = u64(head.lengthBytes);
  return Outcome.body;
}

/** Keeps the text of a head for the record: the request's at the front, the response's behind it. */
function keepHead(connection: Connection, scratch: Scratch, head: Head): void {
  const exchange = connection.exchange;
  if (connection.phase === Phase.request) {
    exchange.requestTextLength = u16(head.lengthBytes);
    exchange.responseTextLength = 0;
    connection.text.copy(0, min(head.lengthBytes, requestTextCapacity), scratch.data, 0);
  } else {
    exchange.responseTextLength = u16(head.lengthBytes);
    const at = min(u32(exchange.requestTextLength), requestTextCapacity);
    connection.text.copy(at, min(head.lengthBytes, responseTextCapacity), scratch.data, 0);
  }
}

/** Counts body bytes of a response, the last ones of a transfer of `lengthBytes`. */
function takeBody(connection: Connection, scratch: Scratch, bodyBytes: u64, lengthBytes: u64, endNs: u64): u8 {
  const exchange = connection.exchange;
  if (bodyBytes > connection.remainingBytes) return Outcome.unclean;
  exchange.responseBytes += bodyBytes;
  exchange.responseEndNs = endNs;
  if (connection.chunked !== Chunked.no) return takeChunks(connection, scratch, bodyBytes, lengthBytes);
  if (connection.remainingBytes === bodyUntilClose) return Outcome.taken;
  connection.remainingBytes -= bodyBytes;
  return connection.remainingBytes === 0n ? Outcome.complete : Outcome.taken;
}

/**
 * Looks how a chunked body ends so far (RFC 9112, section 7.1): with the last chunk, with an empty line, which may be
 * the end of trailers, or otherwise. The end may be cut over transfers: its last bytes are kept.
 */
function takeChunks(connection: Connection, scratch: Scratch, bodyBytes: u64, lengthBytes: u64): u8 {
  connection.chunked = Chunked.goesOn;
  const count = min(u32(min(bodyBytes, 7n)), 7);
  if (count === 0) return Outcome.taken;
  if (readPayload(scratch, lengthBytes - u64(count), count) !== count) {
    connection.tail = 0n;
    return Outcome.taken;
  }
  const bits = u64(count) * 8n;
  const fresh = scratch.data.load(u64, 0) << (56n - bits);
  connection.tail = (count === 7 ? 0n : connection.tail >> bits) | (fresh & sevenBytes);
  if (connection.tail === lastChunk) return Outcome.complete;
  if (connection.tail >> 24n === emptyLine) connection.chunked = Chunked.perhapsEnded;
  return Outcome.taken;
}
