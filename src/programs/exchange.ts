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

import { atomic, repeat, type u8, type u32, type u64 } from "../program/index.ts";
import { type Connection, forgetOverlap, hasOverlap, Mode, Phase } from "./connection.ts";
import { takeDirective } from "./directive.ts";
import { Direction } from "./layouts.ts";
import type { Scratch } from "./payload.ts";
import { recording, recordTransfer } from "./recording.ts";
import { reportExchange, reportSegments, reportSwitch } from "./report.ts";
import { judge, Outcome } from "./turns.ts";

/** Turns that a processor waits for another one: some ten microseconds. */
const waitLimit = 1024;

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
  if (recording !== 0) recordTransfer(connection, scratch, direction, offset, lengthBytes, startNs, endNs);
  else if (connection.mode === Mode.raw) takeDirective(connection, direction, offset);
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
