// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Connections by their sockets, in whose storage they lie: freed with the socket, found without a look-up by id. */

import {
  addressOf,
  byteSwap16,
  config,
  currentProcess,
  currentTask,
  now,
  readKernel,
  socketCookie,
  socketStorage,
  struct,
  type u8,
  u32,
  u64,
} from "../program/index.ts";
import { Connection, Known } from "./connection.ts";
import type { sock, task_struct } from "./vmlinux.ts";

/** How far Tarsier's pid namespace lies below the first one. */
export const namespaceLevel = config(u32, 0);

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
