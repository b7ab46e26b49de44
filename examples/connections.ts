// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * The TCP connections that a command opens: to whom, how long, how many bytes each way, and how it ended.
 *
 *     tarsier run examples/connections.ts -- curl -s http://example.com
 */

import type { RunContext } from "tarsier";
import {
  addressOf,
  byteSwap16,
  bytes,
  currentCommand,
  currentProcess,
  type i32,
  now,
  readKernel,
  ringBuffer,
  socketStorage,
  struct,
  tcpSocket,
  tpBtf,
  u32,
  u64,
} from "tarsier/program";
import type { sock, tcp_sock } from "./kernel.ts";
import { inScope } from "./scope.ts";
import { ipText, text } from "./show.ts";

export const Connection = struct({
  beganNs: u64,
  durationNs: u64,
  sentBytes: u64,
  receivedBytes: u64,
  process: u32,
  error: u32, // 0, or what ended it: 111 is a refused connection
  port: u32,
  command: bytes(16),
  address: bytes(16), // of IPv6; one of IPv4 is mapped into it
});

export const connections = ringBuffer({ sizeBytes: 256 * 1024 });
/** What is known of a socket since it began to connect. It goes when the socket goes. */
const opened = socketStorage({ value: Connection });

const State = { synSent: 2, close: 7 } as const;

export const stateChange = tpBtf("inet_sock_set_state", (socket: sock, _before: i32, after: i32) => {
  if (after === State.synSent) {
    // A connection begins in the process that wants it: only here one can ask whose it is.
    if (!inScope()) return;
    const connection = opened.getOrCreate(socket);
    if (connection === null) return;
    connection.beganNs = now();
    connection.process = u32(currentProcess() >> 32n);
    connection.port = u32(byteSwap16(socket.__sk_common.skc_dport));
    currentCommand(connection.command);
    readKernel(connection.address, addressOf(socket.__sk_common.skc_v6_daddr));
  } else if (after === State.close) {
    const connection = opened.get(socket);
    if (connection === null) return;
    connection.durationNs = now() - connection.beganNs;
    connection.error = u32(socket.sk_err);
    const tcp = tcpSocket<tcp_sock>(socket);
    if (tcp !== null) {
      connection.sentBytes = tcp.bytes_sent;
      connection.receivedBytes = tcp.bytes_received;
    }
    connections.output(connection);
  }
});

export default function ({ maps, print }: RunContext<typeof import("./connections.ts")>): void {
  maps.connections.read(Connection, ({ command, process, address, port, durationNs, error, ...bytes }) => {
    const end = error === 0 ? `${bytes.sentBytes} bytes sent, ${bytes.receivedBytes} received` : `error ${error}`;
    print(`${text(command)}[${process}] → ${ipText(address)}:${port}  ${Number(durationNs) / 1e6} ms  ${end}`);
  });
}
