import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { findInTable, parseSocketAddress } from "./addresses.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1
`;

test("a socket's row in /proc/net/tcp has both ends; one that listens has no peer", () => {
  const ends = findInTable(table, "4712");
  assert.deepEqual([...ends!.local.address.subarray(10)], [255, 255, 127, 0, 0, 1]);
  assert.deepEqual([ends!.local.port, ends!.peer!.port], [8080, 50_000]);
  assert.equal(findInTable(table, "4711")!.peer, undefined);
  assert.equal(findInTable(table, "471"), undefined);
  assert.equal(findInTable(table, "1000"), undefined);
});

test("the machine's own tables are read as its sockets are", async () => {
  const server = createServer().listen(0, "::1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const row = readFileSync("/proc/net/tcp6", "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1]?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, "0")}`))!;
  const ends = findInTable(readFileSync("/proc/net/tcp6", "latin1"), row[9]!);
  assert.deepEqual([...ends!.local.address], [...new Uint8Array(15), 1]);
  server.close();
});

test("addresses of sockets are read whatever bytes stand there", () => {
  const bytes = Uint8Array.of(2, 0, 0x1f, 0x90, 10, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0);
  assert.deepEqual([...parseSocketAddress(bytes)!.address.subarray(10)], [255, 255, 10, 0, 0, 7]);
  assert.equal(parseSocketAddress(bytes)!.port, 8080);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
      const address = parseSocketAddress(any);
      assert.ok(address === undefined || address.address.length === 16);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void findInTable(text, "4712")));
});
