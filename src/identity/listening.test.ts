import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { listeningPorts, parseListeningPorts } from "./listening.ts";

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
