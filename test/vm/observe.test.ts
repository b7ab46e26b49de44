/** The whole of `tarsier observe` on another kernel: every request of a small server and its client is reported. */

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ObserveRecord } from "../../src/records/index.ts";

const tarsier = fileURLToPath(new URL("../../../bin/tarsier.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tarsier-observe-"));
const requestCount = 40;

/** A server and its client in one process, on two kept-alive connections; it starts when a line comes. */
const shop = join(folder, "shop.mjs");
writeFileSync(
  shop,
  `import { once } from "node:events";
   import { Agent, createServer, get } from "node:http";
   console.log("ready");
   await once(process.stdin, "data");
   const server = createServer((request, response) => {
     response.statusCode = request.url === "/absent" ? 404 : 200;
     response.end("x".repeat(1000));
   }).listen(0, "127.0.0.1");
   await once(server, "listening");
   const agent = new Agent({ keepAlive: true, maxSockets: 2 });
   const paths = Array.from({ length: ${requestCount} }, (_, index) => (index % 4 === 3 ? "/absent" : "/cart?id=" + index));
   await Promise.all(paths.map(async (path) => {
     const [response] = await once(get({ port: server.address().port, host: "127.0.0.1", path, agent }), "response");
     await response.resume().toArray();
   }));
   agent.destroy();
   server.close();
   process.stdin.destroy();`,
);

interface Run {
  readonly records: readonly ObserveRecord[];
  readonly status: number;
  readonly errors: string;
}

/** Observes with these options until Tarsier ends; `attached` is called with it when it says that it watches. */
async function observe(
  options: readonly string[],
  attached: (tarsier: ChildProcessWithoutNullStreams) => void,
): Promise<Run> {
  const output = join(folder, `${process.hrtime.bigint()}.jsonl`);
  const child = spawn(process.execPath, [
    tarsier,
    "observe",
    "--json",
    "--cpu-budget",
    "100%",
    "-o",
    output,
    ...options,
  ]);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    if (/observing/.test(text)) attached(child);
    errors += text;
  });
  const [status] = await once(child, "close");
  const records = (existsSync(output) ? readFileSync(output, "utf8") : "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return { records, status, errors };
}

function check({ records, status, errors }: Run): void {
  const summary = records.find((record) => record.type === "summary");
  const context = `status ${status}, ${JSON.stringify(summary)}\n${errors}`;
  const requests = records.filter((record) => record.type === "request");
  for (const role of ["server", "client"] as const) {
    const own = requests.filter((request) => request.role === role);
    assert.equal(own.length, requestCount, `${role}: ${context}`);
    assert.equal(own.filter((request) => request.status === 404).length, requestCount / 4, context);
    assert.equal(own.filter((request) => request.target === "/cart?id=…").length, (requestCount * 3) / 4, context);
    for (const request of own) assert.ok(request.responseBytes > 1000 && request.latencyNs! > 0, context);
  }
  const connections = records.filter((record) => record.type === "connection");
  assert.deepEqual(connections.map(({ role }) => role).sort(), ["client", "client", "server", "server"], context);
  assert.deepEqual(summary?.requests, { server: requestCount, client: requestCount }, context);
  assert.equal(summary?.lost, 0, context);
}

test("a command is observed, and leaves no cgroup behind", async () => {
  const run = await observe(["--", process.execPath, shop], ({ stdin }) => stdin.write("begin\n"));
  check(run);
  assert.equal(run.status, 0, run.errors);
  assert.deepEqual(
    readdirSync("/sys/fs/cgroup").filter((name) => name.startsWith("tarsier")),
    [],
  );
});

test("a running process is observed", async (context) => {
  const child = spawn(process.execPath, [shop], { stdio: ["pipe", "pipe", "inherit"] });
  context.after(() => child.kill());
  await once(child.stdout, "data");
  const run = await observe(["--pid", String(child.pid)], (watching) => {
    child.once("close", () => watching.kill("SIGINT"));
    child.stdin.write("begin\n");
  });
  check(run);
});
