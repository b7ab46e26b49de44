import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { BugError } from "../errors/error.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import type { ConnectionRecord, RequestRecord } from "../records/index.ts";
import { startAgent } from "./agent.ts";
import type { RecordSink } from "./reader.ts";
import { findOwnPlace } from "./self.ts";
import { processSubject } from "./subject.ts";

/** A server that answers one request of its own when it reads a line, and then waits. */
const program = `
  const { createServer, get } = require("node:http");
  const server = createServer((request, response) => response.end("hello")).listen(0, "127.0.0.1", () => {
    process.stdin.once("data", () => get({ port: server.address().port, host: "127.0.0.1", path: "/agent", agent: false },
      (response) => response.resume().on("end", () => setTimeout(() => process.stdout.write("done"), 100))));
    process.stdout.write("ready");
  });`;

function collecting() {
  const requests: RequestRecord[] = [];
  const connections: ConnectionRecord[] = [];
  const sink: RecordSink = {
    request: (record) => void requests.push(record),
    connection: (record) => void connections.push(record),
    flush: () => {},
  };
  return { requests, connections, sink };
}

const descriptors = () => readdirSync("/proc/self/fd").length;
const mappings = () => readFileSync("/proc/self/maps", "utf8").match(/bpf/g)?.length ?? 0;

kernelTest("an agent reports what its process does, sums up, and leaves nothing open", async () => {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const own = findOwnPlace();
    const before = { descriptors: descriptors(), mappings: mappings() };
    const { requests, connections, sink } = collecting();
    const agent = startAgent({ scope: processSubject(child.pid!, own).scope, own, sink, cpuBudgetShare: 1 });
    child.stdin.write("go\n");
    await once(child.stdout, "data");
    const { record, durationNs } = agent.stop();
    assert.deepEqual(requests.map(({ role, method, target, status }) => [role, method, target, status]).sort(), [
      ["client", "GET", "/agent", 200],
      ["server", "GET", "/agent", 200],
    ]);
    assert.equal(connections.length, 2);
    assert.deepEqual(record.requests, { server: 1, client: 1 });
    assert.equal(record.connections, 2);
    assert.equal(record.sampledOut, 0);
    assert.ok(durationNs > 0);
    agent.close();
    assert.deepEqual({ descriptors: descriptors(), mappings: mappings() }, before);
  } finally {
    child.kill("SIGKILL");
  }
});

kernelTest("a sink that fails ends the observation, which then can be closed", async () => {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const own = findOwnPlace();
    const fail = () => {
      throw new BugError("SINK_BROKEN", "this sink bears no records");
    };
    const before = { descriptors: descriptors(), mappings: mappings() };
    const agent = startAgent({
      scope: processSubject(child.pid!, own).scope,
      own,
      sink: { request: fail, connection: fail, flush: () => {} },
      cpuBudgetShare: 1,
    });
    child.stdin.write("go\n");
    await assert.rejects(agent.failed, { code: "SINK_BROKEN" });
    agent.close();
    agent.close();
    assert.deepEqual({ descriptors: descriptors(), mappings: mappings() }, before);
  } finally {
    child.kill("SIGKILL");
  }
});

kernelTest("where an observation cannot begin, nothing is left", () => {
  const own = findOwnPlace();
  const before = { descriptors: descriptors(), mappings: mappings() };
  // More processes than the map of them holds.
  const globalIds = Array.from({ length: 20_000 }, (_, index) => 2 ** 22 + index);
  const { sink } = collecting();
  const scope = { kind: "processes", globalIds, label: "" } as const;
  assert.throws(() => startAgent({ scope, own, sink, cpuBudgetShare: 1 }), { code: "MAP_FULL" });
  assert.deepEqual({ descriptors: descriptors(), mappings: mappings() }, before);
});
