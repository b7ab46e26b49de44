import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { listeningPorts, parseListeningPorts, rememberListeningPorts } from "./listening.ts";

test("listening sockets are told from others by their state", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000",
    "   1: 0100007F:1F91 0100007F:A2C4 01 00000000:00000000",
  ].join("\n");
  assert.deepEqual(parseListeningPorts(table), [8080]);
});

test("a port that this process listens on is found", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  assert.ok(listeningPorts(process.pid).has(address.port));
  server.close();
});

test("the table is read again for a port that was not in it, and not more than once a second", () => {
  let reads = 0;
  let nowMs = 0;
  const tables = [new Set([80]), new Set([80, 443])];
  const ports = rememberListeningPorts(
    () => tables[reads++]!,
    () => nowMs,
  );
  assert.equal(ports.isListening(7, 80), true);
  assert.equal(ports.isListening(7, 443), false);
  nowMs += 5000;
  assert.equal(ports.isListening(7, 80), true);
  assert.equal(reads, 1);
  assert.equal(ports.isListening(7, 443), true);
  assert.equal(reads, 2);
});
