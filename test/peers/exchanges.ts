/** What a request record says of an exchange, in the order and form that tests compare. */

import assert from "node:assert/strict";
import type { ConnectionRecord, RequestRecord } from "../../src/records/index.ts";
import { type Observed, portOf } from "./observed.ts";

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
export function tally(exchanges: readonly Exchange[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const exchange of exchanges) {
    const text = exchange.join(" ");
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

/** Both sides recorded exactly these exchanges, in any order, nothing was lost, and connections are the same. */
export function assertBothSaw(expected: readonly Exchange[], asClient: Observed, asServer: Observed): void {
  assert.deepEqual([asClient.summary.lost, asServer.summary.lost], [0, 0], "lost");
  assertExchanges(asClient.requests.map(exchangeOf), expected, "client");
  assertExchanges(asServer.requests.map(exchangeOf), expected, "server");
  assert.deepEqual(asClient.summary.requests, { server: 0, client: expected.length });
  assert.deepEqual(asServer.summary.requests, { server: expected.length, client: 0 });
  assertMirrored(asClient.connections, asServer.connections);
}

/** The same exchanges, in any order; a failure names those that occur too often or not often enough. */
export function assertExchanges(actual: readonly Exchange[], expected: readonly Exchange[], side: string): void {
  const [found, wanted] = [tally(actual), tally(expected)];
  const differences = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    .filter((exchange) => found[exchange] !== wanted[exchange])
    .map((exchange) => `${exchange}: ${found[exchange] ?? 0} times, not ${wanted[exchange] ?? 0}`);
  const shown = differences.slice(0, 20).join("\n");
  assert.equal(differences.length, 0, `${side}: ${differences.length} kinds of exchanges differ:\n${shown}`);
}
