/** Servers and clients in several languages: whatever they are written in, their requests are all seen. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertBothSaw, assertMirrored, type Exchange, exchangeOf } from "./exchanges.ts";
import { largeFileBytes, startNginx } from "./nginx.ts";
import { type Observation, observedTest, peerFile, type Scene } from "./observed.ts";
import { nodeClient, nodeServer, python } from "./peer-programs.ts";

/** Observes a server that prints its port. */
async function startServer(scene: Scene, ...command: string[]): Promise<{ server: Observation; port: string }> {
  const server = await scene.observe(["--cpu-budget", "100", "--", ...command]);
  const [, port] = await server.printed(/port (\d+)/);
  return { server, port: port! };
}

const startNode = (scene: Scene) => startServer(scene, ...nodeServer);

/** Observes a client until it ends. */
async function runClient(scene: Scene, ...command: string[]) {
  const client = await scene.observe(["--cpu-budget", "100", "--", ...command]);
  const observed = await client.result;
  assert.equal(observed.exitCode, 0, observed.stderr);
  return observed;
}

observedTest("a Node server and fetch: the exchanges, in their order", async (scene) => {
  const { server, port } = await startNode(scene);
  const asClient = await runClient(scene, ...nodeClient, port);
  const asServer = await server.stop();

  const made: Exchange[] = asClient.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assertBothSaw(made, asClient, asServer);
  assert.deepEqual(asClient.requests.map(exchangeOf), made);
  assert.deepEqual(asServer.requests.map(exchangeOf), made);
  assert.deepEqual([...new Set(asServer.requests.map(({ process }) => process.name))], ["node"]);
  for (const { requestBytes } of asServer.requests.filter(({ method }) => method === "PUT")) {
    assert.ok(requestBytes > 300_000);
  }
});

observedTest("Python's http.server answers in HTTP/1.0 and closes", async (scene) => {
  writeFileSync(join(scene.folder, "page"), "a page of Python\n".repeat(1000));
  const command = [python, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", scene.folder, "0"];
  const server = await scene.observe(["--", ...command]);
  const [, port] = await server.printed(/port (\d+)/);
  const url = `http://127.0.0.1:${port}`;
  const asClient = await runClient(
    scene,
    "curl",
    "-sS",
    `${url}/page`,
    `${url}/none`,
    "-o",
    "/dev/null",
    "-o",
    "/dev/null",
  );
  const again = await runClient(scene, "curl", "-sS", "--http1.0", "--head", `${url}/page`);
  const asServer = await server.stop("SIGINT");

  const both = { ...asClient, requests: [...asClient.requests, ...again.requests] };
  assert.deepEqual(both.requests.map(exchangeOf), [
    ["GET", "/page", 200],
    ["GET", "/none", 404],
    ["HEAD", "/page", 200],
  ]);
  assert.deepEqual(asServer.requests.map(exchangeOf), both.requests.map(exchangeOf));
  assert.deepEqual(
    asServer.requests.map(({ protocol }) => protocol),
    ["http/1.1", "http/1.1", "http/1.0"],
  );
  assert.equal(asServer.connections.length, 3);
  assertMirrored([...asClient.connections, ...again.connections], asServer.connections);
});

observedTest("curl posts with Expect, uploads, asks for heads, and keeps its connection", async (scene) => {
  const { server, port } = await startNode(scene);
  const url = `http://127.0.0.1:${port}`;
  const file = join(scene.folder, "body");
  writeFileSync(file, Buffer.alloc(500_000, "body "));
  const curl = (...options: string[]) => runClient(scene, "curl", "-sS", "--http1.1", "-o", "/dev/null", ...options);
  const runs = [
    await curl("-H", "Expect: 100-continue", "--data-binary", `@${file}`, `${url}/upload`),
    await curl("-T", file, `${url}/upload`),
    await curl("-H", "Transfer-Encoding: chunked", "-T", file, `${url}/upload`),
    await curl("--head", `${url}/item/1`),
    await curl("-o", "/dev/null", "-o", "/dev/null", `${url}/item/1?token=secret`, `${url}/stream`, `${url}/empty`),
  ];
  const asServer = await server.stop();

  const asClient = {
    ...runs[0]!,
    requests: runs.flatMap(({ requests }) => requests),
    connections: runs.flatMap(({ connections }) => connections),
    summary: { ...runs[0]!.summary, requests: { server: 0, client: 7 } },
  };
  const expected: Exchange[] = [
    ["POST", "/upload", 200],
    ["PUT", "/upload", 200],
    ["PUT", "/upload", 200],
    ["HEAD", "/item/1", 200],
    ["GET", "/item/1?token=…", 200],
    ["GET", "/stream", 200],
    ["GET", "/empty", 204],
  ];
  assertBothSaw(expected, asClient, asServer);
  assert.deepEqual(asServer.requests.map(exchangeOf), expected);
  assert.equal(asServer.connections.length, 5);
});

observedTest("a download of some megabytes, which nginx sends by sendfile", async (scene) => {
  const { nginx, url } = await startNginx(scene);
  const asClient = await runClient(
    scene,
    "curl",
    "-sS",
    "-o",
    "/dev/null",
    `${url}/large`,
    "-o",
    "/dev/null",
    `${url}/small`,
  );
  const asServer = await nginx.stop();

  const expected: Exchange[] = [
    ["GET", "/large", 200],
    ["GET", "/small", 200],
  ];
  assertBothSaw(expected, asClient, asServer);
  for (const { requests } of [asClient, asServer]) {
    assert.ok(requests[0]!.responseBytes > largeFileBytes && requests[0]!.responseBytes < largeFileBytes + 1000);
  }
});

observedTest("wrk on 20 connections: its count, and the requests that it left unanswered", async (scene) => {
  const { nginx, url } = await startNginx(scene);
  const asClient = await runClient(scene, "wrk", "-t", "2", "-c", "20", "-d", "1", `${url}/small`);
  const asServer = await nginx.stop();

  const counted = Number(/(\d+) requests in/.exec(asClient.stdout)?.[1]);
  const answered = asClient.requests.filter(({ status, incomplete }) => status === 200 && !incomplete);
  assert.ok(counted > 1000);
  assert.ok(answered.length >= counted && answered.length <= counted + 20, `${answered.length}, not ${counted}`);
  assert.ok(asClient.requests.length - answered.length <= 20);
  assert.ok(Math.abs(asServer.summary.requests.server - asClient.summary.requests.client) <= 20);
  assert.deepEqual([asClient.summary.lost, asServer.summary.lost], [0, 0]);
});

observedTest("Go, whose reader and writer of a connection are on different threads", async (scene) => {
  const build = async (name: string) => {
    const target = join(scene.folder, name);
    const env = { ...process.env, GO111MODULE: "off", CGO_ENABLED: "0", GOCACHE: join(scene.folder, "cache") };
    const go = scene.run(["go", "build", "-o", target, peerFile(`go/${name}.go`)], { env });
    assert.equal(await go.ended, 0, go.stderr());
    return target;
  };
  const { server, port } = await startServer(scene, await build("server"));
  const asClient = await runClient(scene, await build("client"), port);
  const asServer = await server.stop();

  const expected = Array.from({ length: 200 }, (_, round): Exchange[] => [
    ["GET", `/item/${round}`, 200],
    ["GET", "/stream", 200],
    ["HEAD", "/stream", 200],
    ["POST", "/echo", 201],
    ["POST", "/echo", 201],
    ["GET", "/absent", 404],
  ]);
  assertBothSaw(expected.flat(), asClient, asServer);
});
