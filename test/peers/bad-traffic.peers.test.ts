/** What reaches a server that its author did not think of. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/free-port.ts";
import { exchangeOf } from "./exchanges.ts";
import { observedTest, portOf, type Scene, tarsierCommand } from "./observed.ts";
import { nodeServer } from "./peer-programs.ts";
import { closed, open, requestFor, speak } from "./raw-client.ts";

/** The Node server, observed. */
async function startServer(scene: Scene) {
  const server = await scene.observe(["--cpu-budget", "100", "--", ...nodeServer]);
  const [, port] = await server.printed(/port (\d+)/);
  return { server, port: Number(port) };
}

const garbage: readonly Uint8Array[] = [
  "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 a TLS client",
  "\u0000\u0000\u0000\u0085\u00ffSMBr\u0000",
  "OPTIONS / RTSP/1.0\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "GET / HTTP/9.9\r\n\r\n",
  "GET\r\n\r\n",
  "G",
  "\r\n\r\n\r\n\r\n",
  "HTTP/1.1 200 OK\r\n\r\n",
  "HELP\r\n",
  "\u0003\u0000\u0000\u0013\u000e\u00e0\u0000\u0000 a remote desktop",
  "\u00ff".repeat(20_000),
  "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
].map((text) => Buffer.from(text, "latin1"));

observedTest(
  "garbage of a port scanner: every connection and byte is counted, and no answer is invented",
  async (scene) => {
    const { server, port } = await startServer(scene);
    const spoken = [];
    for (const bytes of garbage) spoken.push(await speak(port, bytes, 50));
    await speak(port, requestFor("/item/after"));
    const { requests, connections, summary } = await server.stop();

    assert.equal(connections.length, garbage.length + 1);
    for (const { port, sentBytes, heard } of spoken) {
      const connection = connections.find(({ peer }) => portOf(peer) === port);
      assert.deepEqual([connection?.receivedBytes, connection?.sentBytes], [sentBytes, heard.length]);
    }
    assert.deepEqual(requests.filter(({ status }) => status === 200).map(exchangeOf), [["GET", "/item/after", 200]]);
    assert.equal(summary.lost, 0);
  },
);

const hostileTarget = "/\u001b[31mred\u0007\u0090?\u001b]0;title\u0007=\u009b2J&\u202e=x";

observedTest("control bytes and terminal escapes in a target never reach the output", async (scene) => {
  for (const format of ["--json", "--quiet"]) {
    const output = join(scene.folder, `output${format}`);
    const observer = scene.run(tarsierCommand("observe", format, "-o", output, "--", ...nodeServer));
    const [, port] = await observer.printed(/port (\d+)/);
    await speak(Number(port), Buffer.from(requestFor(hostileTarget)));
    await speak(Number(port), requestFor("/item/after"));
    observer.child.kill("SIGTERM");
    await observer.ended;
    const text = readFileSync(output, "utf8");
    assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
    assert.match(text, /\/item\/after/);
    assert.match(text, /red/);
  }
});

observedTest("a request line of 64 KiB", async (scene) => {
  const { server, port } = await startServer(scene);
  const { heard } = await speak(port, requestFor(`/${"a".repeat(65_536)}`));
  await speak(port, requestFor("/item/after"));
  const { requests } = await server.stop();

  assert.match(heard, /^HTTP\/1\.1 431 /);
  assert.deepEqual(
    requests.map(({ method, status }) => [method, status]),
    [
      ["GET", 431],
      ["GET", 200],
    ],
  );
  assert.match(requests[0]!.target, /^\/a{1000,65536}$/);
  assert.equal(requests[0]!.targetTruncated ?? false, requests[0]!.target.length < 65_537);
});

observedTest("clients that close in the middle of a head, of a body, and before the answer", async (scene) => {
  const { server, port } = await startServer(scene);
  const post = "POST /upload HTTP/1.1\r\nHost: peer\r\nContent-Length: 100\r\n\r\n";
  const ports: number[] = [];
  for (const text of ["GET /item/1 HTTP/1.1\r\nHo", `${post}ten bytes.`, requestFor("/never")]) {
    const socket = await open(port);
    ports.push(socket.localPort!);
    socket.write(text);
    await sleep(text.includes("never") ? 0 : 30);
    socket.resetAndDestroy();
    await closed(socket);
  }
  await speak(port, requestFor("/item/after"));
  const { requests, connections } = await server.stop();

  const ofClient = (index: number) => requests.filter(({ peer }) => portOf(peer) === ports[index]);
  assert.deepEqual(
    ofClient(0).filter(({ status }) => status !== null),
    [],
  );
  assert.deepEqual(
    ofClient(1).map(({ method, target, status, incomplete }) => [method, target, status, incomplete]),
    [["POST", "/upload", null, true]],
  );
  for (const client of ports) {
    assert.equal(connections.find(({ peer }) => portOf(peer) === client)?.end, "reset");
  }
  const answered = requests.filter(({ status }) => status === 200);
  assert.deepEqual(answered.map(exchangeOf), [["GET", "/item/after", 200]]);
});

observedTest("10,000 connections, opened and dropped: each is recorded or counted as lost", async (scene) => {
  const { server, port } = await startServer(scene);
  const count = 10_000;
  let opened = 0;
  const openAndDrop = async () => {
    while (opened++ < count) {
      const socket = await open(port);
      socket.resetAndDestroy();
      await closed(socket);
    }
  };
  await Promise.all(Array.from({ length: 50 }, openAndDrop));
  await sleep(200);
  const { connections, summary } = await server.stop();

  assert.equal(connections.length + summary.lost, count);
  assert.equal(summary.connections, count);
});

observedTest("connections that nobody takes are refused", async (scene) => {
  const port = await freePort();
  const client = await scene.observe(["--", "curl", "-sS", `http://127.0.0.1:${port}/`]);
  const { connections, requests, exitCode } = await client.result;

  assert.equal(exitCode, 7);
  assert.deepEqual(requests, []);
  assert.deepEqual(
    connections.map(({ end, role, peer, sentBytes }) => [end, role, peer, sentBytes]),
    [["refused", "client", `127.0.0.1:${port}`, 0]],
  );
});

observedTest("two Tarsiers watch one server at once, and see the same", async (scene) => {
  const { server, port } = await startServer(scene);
  const [, pid] = await server.printed(/pid (\d+)/);
  const second = await scene.observe(["--pid", pid!]);
  for (let index = 0; index < 20; index++) await speak(port, requestFor(`/item/${index}`));
  const asSecond = await second.stop("SIGINT");
  const asFirst = await server.stop();

  const expected = Array.from({ length: 20 }, (_, index) => ["GET", `/item/${index}`, 200]);
  assert.deepEqual(asSecond.requests.map(exchangeOf), expected);
  assert.deepEqual(asFirst.requests.map(exchangeOf), expected);
  assert.equal(asSecond.exitCode, 0);
});
