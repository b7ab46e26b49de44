import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ConnectionRecord, RequestRecord } from "../records/index.ts";
import { startUserEngine, type UserEngine } from "./user-engine.ts";

function collecting() {
  const requests: RequestRecord[] = [];
  const connections: ConnectionRecord[] = [];
  const notices: string[] = [];
  const sink = {
    request: (record: RequestRecord) => void requests.push(record),
    connection: (record: ConnectionRecord) => void connections.push(record),
    flush: () => {},
  };
  const start = (program: string): Promise<UserEngine> =>
    startUserEngine({
      command: [process.execPath, "-e", program],
      account: undefined,
      sink,
      cpuBudgetShare: 1,
      notice: (text) => void notices.push(text),
    });
  return { requests, connections, notices, start };
}

const serve = (more: string) => `
  const { createServer, Agent, get, request } = require("node:http");
  const { connect } = require("node:net");
  const server = createServer((question, response) => response.end("hello")).listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    ${more}
  });`;

test("a command's requests are told by both ends, and summed up", async () => {
  const { requests, connections, start } = collecting();
  const engine = await start(
    serve(`get({ port, host: "127.0.0.1", path: "/user?token=secret", agent: false },
      (response) => response.resume().on("end", () => server.close()));`),
  );
  engine.command.start();
  assert.equal(await engine.command.ended, 0);
  const { record } = await engine.stop();
  assert.deepEqual(requests.map(({ role, method, target, status }) => [role, method, target, status]).sort(), [
    ["client", "GET", "/user?token=…", 200],
    ["server", "GET", "/user?token=…", 200],
  ]);
  const [one, other] = connections;
  assert.equal(connections.length, 2);
  assert.deepEqual([one!.local, one!.sentBytes, one!.end], [other!.peer, other!.receivedBytes, "closed"]);
  assert.deepEqual(record.requests, { server: 1, client: 1 });
  assert.deepEqual([record.connections, record.lost, record.sampledOut], [2, 0, 0]);
  assert.ok(record.agentCpuNs > 0);
});

test("what cannot be paired in the core is paired from segments, and the core goes on afterwards", async () => {
  const { requests, start } = collecting();
  const engine = await start(
    serve(`const socket = connect(port, "127.0.0.1");
      const ask = (path) => "GET " + path + " HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n";
      let answers = 0;
      const more = [ask("/3"), ask("/4"), ask("/5")];
      socket.write(ask("/1") + ask("/2"));
      socket.on("data", (bytes) => {
        answers += String(bytes).split("HTTP/1.1 200").length - 1;
        if (answers < 2) return;
        const next = more.shift();
        if (next === undefined) { socket.end(); server.close(); }
        else setTimeout(() => socket.write(next), 100);
      });`),
  );
  engine.command.start();
  assert.equal(await engine.command.ended, 0);
  const { record } = await engine.stop();
  for (const role of ["server", "client"]) {
    const targets = requests.filter((each) => each.role === role).map(({ target }) => target);
    assert.deepEqual(targets, ["/1", "/2", "/3", "/4", "/5"], role);
  }
  assert.deepEqual(record.requests, { server: 5, client: 5 });
  assert.equal(record.lost, 0);
});

test("what is open at the end is told of as that, and the command ends with the observation", async () => {
  const { connections, start } = collecting();
  const directory = mkdtempSync(join(tmpdir(), "tarsier-open-"));
  const accepted = join(directory, "accepted");
  const engine = await start(
    serve(`server.on("connection", () => require("node:fs").writeFileSync(${JSON.stringify(accepted)}, ""));
      connect(port, "127.0.0.1");`),
  );
  engine.command.start();
  const end = performance.now() + 20_000;
  while (!existsSync(accepted) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  rmSync(directory, { recursive: true });
  await engine.stop();
  assert.deepEqual(connections.map(({ role, end }) => [role, end]).sort(), [
    ["client", "open"],
    ["server", "open"],
  ]);
});

test("a command that leaves children behind is waited for, and that is said", async () => {
  const { notices, start } = collecting();
  const engine = await start(
    `require("node:child_process").spawn("sleep", ["0.5"], { detached: true, stdio: "ignore" }).unref()`,
  );
  engine.command.start();
  assert.equal(await engine.command.ended, 0);
  await engine.stop();
  assert.match(notices.join("\n"), /^the command has ended with 0, but not all of its processes/);
});

test("a command that is not there is not started", async () => {
  const sink = { request: () => {}, connection: () => {}, flush: () => {} };
  await assert.rejects(
    startUserEngine({ command: ["no-such-command"], account: undefined, sink, cpuBudgetShare: 1, notice: () => {} }),
    { code: "COMMAND_NOT_FOUND" },
  );
});
