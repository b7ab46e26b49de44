/** What a request record says of an exchange, in the order and form that tests compare. */

import assert from "node:assert/strict";
import type { ConnectionRecord, RequestRecord } from "../../src/records/index.ts";
import { portOf } from "./observed.ts";

/** Method, target, status. */
export type Exchange = readonly [method: string, target: string, status: number | null];

export const exchangeOf = ({ method, target, status }: RequestRecord): Exchange => [method, target, status];

/** The exchanges of each connection, by the port of one end of it, in their order. */
export function exchangesByPort(requests: readonly RequestRecord[], end: "local" | "peer"): Map<number, Exchange[]> {
  const byPort = new Map<number, Exchange[]>();
  for (const request of requests) {
    const port = portOf(request[end]);
    byPort.set(port, [...(byPort.get(port) ?? []), exchangeOf(request)]);
  }
  return byPort;
}

/** How often each exchange occurs. */
export function tally(requests: readonly RequestRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of requests) {
    const text = exchangeOf(request).join(" ");
    counts[text] = (counts[text] ?? 0) + 1;
  }
  return counts;
}

/** Connections by the port of one end. */
export function connectionsByPort(
  connections: readonly ConnectionRecord[],
  end: "local" | "peer",
): Map<number, ConnectionRecord> {
  return new Map(connections.map((connection) => [portOf(connection[end]), connection]));
}

/** Every connection that clients recorded is one that servers recorded, with the same bytes the other way. */
export function assertMirrored(client: readonly ConnectionRecord[], server: readonly ConnectionRecord[]): void {
  const served = connectionsByPort(server, "peer");
  assert.equal(client.length, server.length, "connections of both sides");
  for (const { local, peer, sentBytes, receivedBytes } of client) {
    const other = served.get(portOf(local));
    assert.ok(other, `the server has no connection from ${local}`);
    assert.deepEqual([other.peer, other.local], [local, peer]);
    assert.deepEqual([other.receivedBytes, other.sentBytes], [sentBytes, receivedBytes], `bytes of ${local}`);
  }
}
