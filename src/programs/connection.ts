// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The state of one connection, whoever tells of it. */

import { bytes, struct, u8, u16, u32, u64, type ValueOf } from "../program/index.ts";
import { Exchange, requestTextCapacity, responseTextCapacity } from "./layouts.ts";
import { Payload } from "./payload.ts";

/**
 * How a connection is followed. `joining`: it is older than the observation, and nothing is known until a
 * message begins. `clean`: request and response turns are paired here. `raw`: user space pairs them.
 * `opaque`: no HTTP; only its bytes count.
 */
export const Mode = { joining: 0, clean: 1, raw: 2, opaque: 3 } as const;
/** `reported`: the observation is ending, and the connection has been told of; nothing more is. */
export const Known = { no: 0, followed: 1, reported: 2 } as const;
/** Whether the response in hand is chunked, and if so, whether what has been seen of it may be all. */
export const Chunked = { no: 0, goesOn: 1, perhapsEnded: 2 } as const;
export const Phase = { idle: 0, request: 1, response: 2 } as const;

/** A send or receive between its beginning and its end. */
export const Pending = struct({ startNs: u64, task: u32, padding: u32, payload: Payload });
export type Pending = ValueOf<typeof Pending>;

/** `exchange` and `text` lie first and together: they are the record. */
export const Connection = struct({
  exchange: Exchange,
  text: bytes(requestTextCapacity + responseTextCapacity),
  /** 1 while a processor changes this state. */
  busy: u32,
  /** 1 after a receive, or a send, met another processor that stayed at work; and at which position. */
  overlapReceived: u32,
  overlapSent: u32,
  padding2: u32,
  overlapReceivedOffset: u64,
  overlapSentOffset: u64,
  mode: u8,
  phase: u8,
  end: u8,
  known: u8,
  /** The request in hand was HEAD: its response has no body. */
  headOnly: u8,
  chunked: u8,
  padding: u16,
  /** The last seven bytes of a chunked body, the last one uppermost; before it the end of the head. */
  tail: u64,
  startNs: u64,
  endNs: u64,
  /** Stream positions: bytes that the program has sent and received. */
  sentBytes: u64,
  receivedBytes: u64,
  /** Body bytes of the message in hand that are still to come. */
  remainingBytes: u64,
  send: Pending,
  receive: Pending,
});
export type Connection = ValueOf<typeof Connection>;

/** Whether segments were sent of a connection while another processor was at work on it. */
export function hasOverlap(connection: Connection): boolean {
  return connection.overlapReceived !== 0 || connection.overlapSent !== 0;
}

export function forgetOverlap(connection: Connection): void {
  connection.overlapReceived = 0;
  connection.overlapSent = 0;
}
