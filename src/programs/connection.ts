// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The state of one connection, in its socket's storage: freed with the socket, found without a look-up by id. */

import {
  addressOf,
  byteSwap16,
  bytes,
  config,
  currentProcess,
  currentTask,
  now,
  readKernel,
  socketCookie,
  socketStorage,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from "../program/index.ts";
import { Exchange, requestTextCapacity, responseTextCapacity } from "./layouts.ts";
import { Payload } from "./payload.ts";
import type { sock, task_struct } from "./vmlinux.ts";

/** How far Tarsier's pid namespace lies below the first one. */
export const namespaceLevel = config(u32, 0);

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

export const connections = socketStorage({ value: Connection });

const internetFamily = 2;
const internet6Family = 10;
const tcpProtocol = 6;
const Namespaced = struct({ process: u32, padding: u32 });

const Address = struct({ high: u64, low: u64 });

/** Whether a socket is TCP over IPv4 or IPv6. */
export function isTcp(socket: sock): boolean {
  if (socket.sk_protocol !== tcpProtocol) return false;
  const family = socket.__sk_common.skc_family;
  return family === internetFamily || family === internet6Family;
}

/** Whether segments were sent of a connection while another processor was at work on it. */
export function hasOverlap(connection: Connection): boolean {
  return connection.overlapReceived !== 0 || connection.overlapSent !== 0;
}

export function forgetOverlap(connection: Connection): void {
  connection.overlapReceived = 0;
  connection.overlapSent = 0;
}

/** The connection of a socket that is followed already. */
export function followedConnection(socket: sock): Connection | null {
  const connection = connections.get(socket);
  if (connection === null || connection.known !== Known.followed) return null;
  return connection;
}

/** The connection of a socket, begun if it is new; null when the kernel has no memory for it, or it has been reported. */
export function connectionOf(socket: sock, mode: u8, role: u8): Connection | null {
  const connection = connections.getOrCreate(socket);
  if (connection === null || connection.known === Known.reported) return null;
  if (connection.known === Known.no) {
    connection.known = Known.followed;
    connection.mode = mode;
    connection.exchange.endpoint.role = role;
    connection.startNs = now();
    readAddresses(socket, connection);
  }
  return connection;
}

/** Notes both ends of a connection. A connecting socket has no port of its own yet: then this is done again. */
export function readAddresses(socket: sock, connection: Connection): void {
  const common = socket.__sk_common;
  const endpoint = connection.exchange.endpoint;
  endpoint.cookie = socketCookie(socket);
  endpoint.localPort = common.skc_num;
  endpoint.peerPort = byteSwap16(common.skc_dport);
  if (common.skc_family === internetFamily) {
    endpoint.localLow = (u64(common.skc_rcv_saddr) << 32n) | 0xffff0000n;
    endpoint.peerLow = (u64(common.skc_daddr) << 32n) | 0xffff0000n;
  } else {
    const address = Address.zero();
    if (readKernel(address, addressOf(common.skc_v6_rcv_saddr))) {
      endpoint.localHigh = address.high;
      endpoint.localLow = address.low;
    }
    if (readKernel(address, addressOf(common.skc_v6_daddr))) {
      endpoint.peerHigh = address.high;
      endpoint.peerLow = address.low;
    }
  }
}

/** Notes the running process as the one that uses the connection. */
export function takeOwner(connection: Connection): void {
  const endpoint = connection.exchange.endpoint;
  const process = u32(currentProcess() >> 32n);
  if (endpoint.globalProcess === process) return;
  const leader = currentTask<task_struct>().group_leader;
  endpoint.globalProcess = process;
  endpoint.process = process;
  if (namespaceLevel !== 0) {
    const namespaced = Namespaced.zero();
    readKernel(namespaced, addressOf(leader.thread_pid.numbers) + u64(namespaceLevel) * 16n);
    endpoint.process = namespaced.process;
  }
  endpoint.name.readKernel(0, 16, addressOf(leader.comm));
}
