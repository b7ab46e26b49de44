// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * The exchange core: one transfer after the other becomes request turns and response turns, and a request
 * with its response becomes one record. It touches no kernel structure; providers hand it transfers.
 *
 * A connection is *clean* as long as each head stands whole in one transfer and each body ends exactly
 * where its framing says before the other side's turn begins: then one exchange is provably one request and one
 * response, and counting here is exact. Whatever is not provable (pipelining, heads split over transfers,
 * chunked requests, 1xx, both sides at once) makes the connection *raw*: user space gets the bytes.
 */

import { atomic, min, repeat, u8, u16, u32, u64 } from "../program/index.ts";
import { Chunked, type Connection, forgetOverlap, hasOverlap, Mode, Phase } from "./connection.ts";
import { takeDirective } from "./directive.ts";
import { readHead, Start, startOf } from "./head.ts";
import { Direction, Role, requestTextCapacity, responseTextCapacity } from "./layouts.ts";
import { type Head, readPayload, type Scratch } from "./payload.ts";
import { bodyUntilClose, reportExchange, reportSegments, reportSwitch } from "./report.ts";

/** What became of a transfer. `body`: what follows the head, or all of it, belongs to the response in hand. */
const Outcome = { taken: 0, complete: 1, unclean: 2, noHttp: 3, body: 4 } as const;

/** Turns that a processor waits for another one: some ten microseconds. */
const waitLimit = 1024;
const lastChunk = 0x0a0d0a0d300a0dn; // "\r\n0\r\n\r\n"
const emptyLine = 0x0a0d0a0dn; // "\r\n\r\n"
const sevenBytes = 0xffffffffffffffn;

/**
 * Takes `lengthBytes` that moved on `connection`; `scratch.payload` says where they are. `startNs` is when the
 * send began or the receive returned.
 */
export function takeTransfer(
  connection: Connection,
  scratch: Scratch,
  direction: u8,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
): void {
  let offset = positionOf(connection, direction);
  if (connection.mode === Mode.raw) takeDirective(connection, direction, offset);
  let isRaw = false;
  if (connection.mode === Mode.raw || connection.mode === Mode.opaque) {
    isRaw = connection.mode === Mode.raw;
    advance(connection, direction, lengthBytes);
  } else if (!enter(connection, scratch)) {
    // Another processor stays at work here, and makes the connection raw when it is done. It must see the overlap
    // before it sees the new position.
    noteOverlap(connection, direction, offset);
    isRaw = connection.mode !== Mode.joining;
    advance(connection, direction, lengthBytes);
  } else {
    // While this one waited, another thread may have moved bytes the same way.
    offset = positionOf(connection, direction);
    advance(connection, direction, lengthBytes);
    isRaw = takeAlone(connection, scratch, direction, offset, lengthBytes, startNs, endNs);
    connection.busy = 0;
  }
  if (isRaw) reportSegments(connection, scratch, direction, offset, lengthBytes, startNs);
}

/** Takes a transfer while no other processor is at work on the connection; true when it must go out as segments. */
function takeAlone(
  connection: Connection,
  scratch: Scratch,
  direction: u8,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
): boolean {
  // The processor that was waited for may have changed it.
  if (connection.mode === Mode.raw) return true;
  if (connection.mode === Mode.opaque) return false;
  const outcome = judge(connection, scratch, direction, offset, lengthBytes, startNs, endNs);
  if (outcome === Outcome.complete) {
    reportExchange(connection);
    connection.phase = Phase.idle;
  } else if (outcome === Outcome.noHttp) {
    connection.mode = Mode.opaque;
    return false;
  }
  const isUnclean = outcome === Outcome.unclean;
  if (connection.mode === Mode.joining) {
    // Nothing is known of it yet, so nothing is missed.
    forgetOverlap(connection);
  } else if (isUnclean || hasOverlap(connection)) {
    reportSwitch(connection, direction, offset, isUnclean);
    connection.mode = Mode.raw;
  }
  return isUnclean;
}

function positionOf(connection: Connection, direction: u8): u64 {
  return direction === Direction.sent ? connection.sentBytes : connection.receivedBytes;
}

function advance(connection: Connection, direction: u8, lengthBytes: u64): void {
  if (direction === Direction.sent) atomic.add(connection, "sentBytes", lengthBytes);
  else atomic.add(connection, "receivedBytes", lengthBytes);
}

/** Waits until no other processor is at work on the connection, but not for ever: one there may have been interrupted. */
function enter(connection: Connection, scratch: Scratch): boolean {
  if (atomic.exchange(connection, "busy", 1) === 0) return true;
  scratch.waiting = 1;
  repeat(waitLimit, tryToEnter, scratch, connection);
  return scratch.waiting === 0;
}

function tryToEnter(_index: u32, scratch: Scratch, connection: Connection): boolean {
  if (atomic.exchange(connection, "busy", 1) !== 0) return true;
  scratch.waiting = 0;
  return false;
}

function judge(
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

/** Remembers where in the stream the bytes lie that were sent as segments while another processor was at work. */
function noteOverlap(connection: Connection, direction: u8, offset: u64): void {
  if (direction === Direction.sent) {
    if (connection.overlapSent === 0) connection.overlapSentOffset = offset;
    connection.overlapSent = 1;
  } else {
    if (connection.overlapReceived === 0) connection.overlapReceivedOffset = offset;
    connection.overlapReceived = 1;
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
