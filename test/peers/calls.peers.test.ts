/** A server in C that answers and receives by each system call that moves bytes through a socket. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { assertExchanges, type Exchange, exchangeOf } from "./exchanges.ts";
import { type Observation, observedTest, peerFile, type Scene } from "./observed.ts";

const sendCalls = ["write", "writev", "sendmsg", "sendfile", "splice", "partial", "uring-send", "uring-write"];
const receiveCalls = ["read", "readv", "recvmsg", "recv", "peek", "uring-recv", "uring-read"];

/** Compiles the server and observes it. */
async function startCalls(scene: Scene, ...parameters: string[]): Promise<{ server: Observation; port: number }> {
  const program = join(scene.folder, "calls");
  const gcc = scene.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, peerFile("calls.c")]);
  assert.equal(await gcc.ended, 0, gcc.stderr());
  const server = await scene.observe(["--cpu-budget", "100", "--", program, ...parameters]);
  const [, port] = await server.printed(/port (\d+)/);
  return { server, port: Number(port) };
}

/** A request to make: it is a POST when it has a body. */
interface Step {
  readonly path: string;
  readonly body?: string;
}

/** Makes requests one after the other on one connection; what was exchanged, with the bytes of each response's body. */
async function converse(host: string, port: number, steps: readonly Step[]): Promise<[Exchange, number][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const results: [Exchange, number][] = [];
  for (const { path, body } of steps) {
    const method = body === undefined ? "GET" : "POST";
    const headers = body === undefined ? {} : { "content-length": body.length };
    const sent = request({ host, port, path, method, agent, headers }).end(body);
    const [response] = await once(sent, "response");
    let bytes = 0;
    for await (const part of response) bytes += part.length;
    results.push([[method, path, response.statusCode], bytes]);
  }
  agent.destroy();
  return results;
}

/** One conversation with the server, and whether it was recorded in its order and whole. */
async function assertSeen(scene: Scene, steps: readonly Step[]): Promise<void> {
  const { server, port } = await startCalls(scene, "127.0.0.1");
  const made = await converse("127.0.0.1", port, steps);
  const { requests, summary, connections } = await server.stop();

  assert.deepEqual(
    requests.map(exchangeOf),
    made.map(([exchange]) => exchange),
  );
  requests.forEach(({ responseBytes, requestBytes }, index) => {
    const bodyBytes = steps[index]!.body?.length ?? 0;
    const [, answerBytes] = made[index]!;
    assert.ok(responseBytes > answerBytes && responseBytes < answerBytes + 200, `${responseBytes} of ${answerBytes}`);
    assert.ok(requestBytes > bodyBytes && requestBytes < bodyBytes + 300, `${requestBytes} of ${bodyBytes}`);
  });
  assert.equal(summary.lost, 0);
  assert.equal(connections.length, 1);
  const sum = (field: "requestBytes" | "responseBytes") => requests.reduce((total, record) => total + record[field], 0);
  assert.deepEqual(
    [connections[0]!.receivedBytes, connections[0]!.sentBytes],
    [sum("requestBytes"), sum("responseBytes")],
  );
}

for (const call of sendCalls) {
  observedTest(`responses sent by ${call}, small and large`, (scene) =>
    assertSeen(
      scene,
      [0, 5, 900, 20_000, 500_000, 5].map((bytes) => ({ path: `/${call}/${bytes}/read` })),
    ),
  );
}

for (const call of receiveCalls) {
  observedTest(`requests received by ${call}, with bodies small and large`, (scene) =>
    assertSeen(scene, [
      { path: `/write/10/${call}` },
      { path: `/write/10/${call}` },
      { path: `/write/10/${call}`, body: "a short body" },
      { path: `/write/10/${call}`, body: "y".repeat(300_000) },
      { path: `/write/10/${call}`, body: "y".repeat(3000) },
      { path: `/write/10/${call}` },
    ]),
  );
}

observedTest("children that accept on a socket which their parent listens on", async (scene) => {
  const { server, port } = await startCalls(scene, "127.0.0.1", "4");
  const steps = Array.from({ length: 20 }, (_, index) => ({ path: `/write/${index}/read` }));
  const made = await Promise.all(Array.from({ length: 8 }, () => converse("127.0.0.1", port, steps)));
  const { requests, connections, summary } = await server.stop();

  assertExchanges(
    requests.map(exchangeOf),
    made.flat().map(([exchange]) => exchange),
    "server",
  );
  assert.equal(connections.length, 8);
  assert.deepEqual([...new Set(requests.map(({ role }) => role))], ["server"]);
  const pids = new Set(requests.map(({ process }) => process.pid));
  assert.ok(pids.size > 1 && pids.size <= 4, [...pids].join(", "));
  for (const { process } of connections) assert.ok(pids.has(process.pid));
  assert.equal(summary.lost, 0);
});

observedTest("IPv6, and IPv4 on a socket of IPv6", async (scene) => {
  const { server, port } = await startCalls(scene, "::", "2");
  await converse("::1", port, [{ path: "/write/10/read" }]);
  await converse("127.0.0.1", port, [{ path: "/write/20/read" }]);
  const { requests, connections } = await server.stop();

  const locals = ["[::1]", "127.0.0.1"].map((address) => `${address}:${port}`);
  assert.deepEqual(
    requests.map(({ local }) => local),
    locals,
  );
  assert.deepEqual(connections.map(({ local }) => local).sort(), [...locals].sort());
  assert.match(requests[0]!.peer, /^\[::1\]:\d+$/);
  assert.match(requests[1]!.peer, /^127\.0\.0\.1:\d+$/);
});

observedTest("after an upgrade other bytes pass, which are no requests", async (scene) => {
  const { server, port } = await startCalls(scene, "127.0.0.1");
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  socket.setEncoding("latin1").on("data", (text) => {
    heard += text;
  });
  socket.write("GET /upgrade HTTP/1.1\r\nHost: echo\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  await once(socket, "data");
  for (const text of ["\u0081\u0005hello", "GET /not/a/request HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"]) {
    const before = heard.length;
    socket.write(text, "latin1");
    while (heard.length < before + text.length) await once(socket, "data");
  }
  const [sent, received] = [socket.bytesWritten, socket.bytesRead];
  socket.end();
  await once(socket, "close");
  const { requests, connections, summary } = await server.stop();

  assert.deepEqual(requests.map(exchangeOf), [["GET", "/upgrade", 101]]);
  assert.deepEqual([connections[0]!.receivedBytes, connections[0]!.sentBytes], [sent, received]);
  assert.deepEqual(summary.requests, { server: 1, client: 0 });
});
