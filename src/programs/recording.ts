// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Recording: each transfer is told as it was, so that the exchange core can be run over it again. Where `recording` is 0,
 * nothing of this is left in the programs when they are loaded.
 */

import { config, min, u8, u32, u64 } from "../program/index.ts";
import { type Connection, Mode } from "./connection.ts";
import { takeDirective } from "./directive.ts";
import { RecordKind, requestTextCapacity, Segment, Transfer } from "./layouts.ts";
import { readPayload, type Scratch } from "./payload.ts";
import { copyEndpoint, countLoss, records } from "./report.ts";

/** 1 to tell of every transfer. */
export const recording = config(u32, 0);

/** Bytes at the end of a transfer that the core may look at: those that end a chunked body. */
const tailBytes = 7;

/**
 * Follows a directive, then sends the transfer and the bytes at its front and end that a clean connection is judged by. Of a
 * raw connection all bytes follow as segments.
 */
export function recordTransfer(
  connection: Connection,
  scratch: Scratch,
  direction: u8,
  offset: u64,
  lengthBytes: u64,
  startNs: u64,
  endNs: u64,
): void {
  const wasRaw = connection.mode === Mode.raw;
  if (wasRaw) takeDirective(connection, direction, offset);
  if (connection.mode === Mode.opaque) return;
  const transfer = Transfer.zero();
  transfer.kind = RecordKind.transfer;
  transfer.direction = direction;
  transfer.directed = wasRaw && connection.mode === Mode.clean ? u8(1) : u8(0);
  copyEndpoint(transfer.endpoint, connection.exchange.endpoint);
  transfer.connectionStartNs = connection.startNs;
  transfer.offset = offset;
  transfer.lengthBytes = lengthBytes;
  transfer.startNs = startNs;
  transfer.endNs = endNs;
  if (!records.output(transfer, u32(Transfer.sizeBytes))) countLoss();
  if (connection.mode === Mode.raw) return;
  sendPart(connection, scratch, direction, offset, 0n, u32(min(lengthBytes, u64(requestTextCapacity))));
  if (lengthBytes > u64(requestTextCapacity)) {
    sendPart(connection, scratch, direction, offset, lengthBytes - u64(tailBytes), u32(tailBytes));
  }
}

/** Sends bytes of the transfer, from byte `from` on. */
function sendPart(
  connection: Connection,
  scratch: Scratch,
  direction: u8,
  offset: u64,
  from: u64,
  lengthBytes: u32,
): void {
  const segment = scratch.segment;
  const textLength = readPayload(scratch, from, lengthBytes);
  segment.kind = RecordKind.part;
  segment.direction = u32(direction);
  segment.startNs = 0n;
  copyEndpoint(segment.endpoint, connection.exchange.endpoint);
  segment.offset = offset + from;
  segment.lengthBytes = u64(lengthBytes);
  segment.textLength = textLength;
  if (!records.output(scratch, u32(Segment.sizeBytes) + textLength)) countLoss();
}
