import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { tracedMachine, youngCalls } from "./calls.ts";
import { end, role } from "./events.ts";
import { findExecutable } from "./find-executable.testing.ts";

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A command being traced; `events` grow as they come. */
interface Traced {
  readonly tracer: ChildProcess;
  readonly events: Event[];
  readonly over: Promise<Event[]>;
  first(event: string): Promise<Event>;
  output(): string;
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** `forbidden`: numbers of system calls that tracer and command may not make. */
function trace(command: readonly string[], user?: number, forbidden: readonly number[] = []): Traced {
  const forbid =
    forbidden.length === 0 ? [] : [script("./forbidding.testing.js"), forbidden.join(","), process.execPath];
  const tracer = spawn(process.execPath, [...forbid, script("./tracer.testing.js"), ...command], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    ...(user !== undefined && { uid: user, gid: user }),
  });
  const events: Event[] = [];
  let text = "";
  let output = "";
  tracer.stdout!.on("data", (chunk) => {
    output += chunk;
  });
  const stream = tracer.stdio[3] as Readable;
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    events.push(...lines.map((line) => JSON.parse(line) as Event));
  });
  const over = once(tracer, "close").then(() => events);
  return {
    tracer,
    events,
    over,
    output: () => output,
    async first(event) {
      for (let turn = 0; turn < 1000; turn++) {
        const found = events.find((each) => each.event === event);
        if (found !== undefined) return found;
        await sleep(10);
      }
      throw new Error(`no event ${event}`);
    },
  };
}

const node = process.execPath;
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const count = (events: readonly Event[], event: string) => events.filter((each) => each.event === event).length;
const exitCode = (events: readonly Event[]) => events.at(-1)?.["exitCode"];

/** The number of `ptrace(2)`. */
const ptraceCall: Readonly<Record<string, number>> = { x64: 101, arm64: 117 };

const server = `require("node:http").createServer((request, response) => response.end("hello"))`;
const serveAndAsk = `
  const { createServer, get } = require("node:http");
  const server = createServer((request, response) => response.end("hello")).listen(0, "127.0.0.1", () =>
    get({ port: server.address().port, host: "127.0.0.1", path: "/traced", agent: false },
      (response) => response.resume().on("end", () => server.close())));`;

for (const user of [undefined, 65_534]) {
  const who = user === undefined ? "whoever runs this" : "an ordinary user";
  const skip = user !== undefined && process.getuid?.() !== 0 ? "only root becomes another user" : false;
  test(`traced by ${who}, both ends of a connection are seen, with what they send`, { skip }, async () => {
    const events = await trace([node, "-e", serveAndAsk], user).over;
    const opened = events.filter(({ event }) => event === "opened");
    assert.deepEqual(opened.map((each) => each["role"]).sort(), [role.client, role.server]);
    const [one, other] = opened;
    assert.deepEqual([one!["local"], one!["peer"]], [other!["peer"], other!["local"]]);
    const transfers = events.filter(({ event }) => event === "sent" || event === "received");
    assert.equal(transfers.length, 4);
    for (const { text } of transfers) assert.match(String(text), /^(GET \/traced HTTP\/1.1|HTTP\/1.1 200 OK)\r\n/);
    const ended = events.filter(({ event }) => event === "ended");
    assert.deepEqual(
      ended.map((each) => each["end"]),
      [end.closed, end.closed],
    );
    assert.equal(ended[0]!["sentBytes"], ended[1]!["receivedBytes"]);
    assert.equal(exitCode(events), 0);
  });
}

test("where a container's profile forbids to copy descriptors, addresses come from /proc", async () => {
  const { pidfd_getfd } = youngCalls;
  const events = await trace([node, "-e", serveAndAsk], undefined, [pidfd_getfd, tracedMachine().kcmp]).over;
  const opened = events.filter(({ event }) => event === "opened");
  const [one, other] = opened;
  assert.equal(opened.length, 2);
  assert.ok(Number(one!["local"]) > 0 && Number(one!["peer"]) > 0);
  assert.deepEqual([one!["local"], one!["peer"]], [other!["peer"], other!["local"]]);
  assert.equal(count(events, "sent"), 2);
  assert.equal(count(events, "received"), 2);
  assert.equal(exitCode(events), 0);
});

test("where ptrace is forbidden, that is known before the command runs", async () => {
  const traced = trace([node, "-e", "console.log('ran')"], undefined, [ptraceCall[process.arch] ?? -1]);
  await traced.over;
  assert.notEqual(traced.tracer.exitCode, 0);
  assert.equal(traced.output(), "");
});

test("a connection that is refused is told of as that", async () => {
  const program = `require("node:net").connect(1, "127.0.0.1").on("error", () => process.exit(3))`;
  const events = await trace([node, "-e", program]).over;
  assert.deepEqual(
    events.filter(({ event }) => event === "ended").map((each) => each["end"]),
    [end.refused],
  );
  assert.equal(exitCode(events), 3);
});

test("a command's exit code and the signal that ends it come through", async () => {
  const shell = "/bin/sh";
  assert.equal(exitCode(await trace([shell, "-c", "exit 42"]).over), 42);
  assert.equal(exitCode(await trace([shell, "-c", "kill -TERM $$"]).over), 128 + 15);
  assert.equal(exitCode(await trace([shell, "-c", "kill -KILL $$"]).over), 128 + 9);
});

test("shells, pipes and children of children end as without a tracer", async () => {
  const script = "seq 1 1000 | sort -rn | head -1; (sleep 0.1; echo late) & wait; sh -c 'exit 7'";
  const traced = trace(["/bin/sh", "-c", script]);
  const events = await traced.over;
  assert.equal(traced.output(), "1000\nlate\n");
  assert.equal(exitCode(events), 7);
});

test("a child that outlives its parent is followed to its end", async () => {
  const child = `setTimeout(() => { ${serveAndAsk} }, 300)`;
  const program = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { detached: true, stdio: "ignore" }).unref()`;
  const events = await trace([node, "-e", program]).over;
  assert.equal(count(events, "opened"), 2);
  assert.equal(count(events, "sent"), 2);
  assert.equal(exitCode(events), 0);
});

test("SIGINT reaches the command's own handler", async () => {
  const program = `process.on("SIGINT", () => process.exit(5)); console.log("ready"); setInterval(() => {}, 1000)`;
  const traced = trace([node, "-e", program]);
  const { pid } = await traced.first("started");
  while (!traced.output().includes("ready")) await sleep(10);
  process.kill(Number(pid), "SIGINT");
  assert.equal(exitCode(await traced.over), 5);
});

const stateOf = async (pid: number) => /^State:\s+(\S)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];

test("a stopped command stays stopped until it is continued", async () => {
  const program = `console.log("ready"); let n = 0; setInterval(() => { if (++n === 40) process.exit(0) }, 10)`;
  const traced = trace([node, "-e", program]);
  const { pid } = await traced.first("started");
  while (!traced.output().includes("ready")) await sleep(10);
  process.kill(Number(pid), "SIGSTOP");
  await sleep(1000);
  assert.ok(isAlive(Number(pid)));
  assert.match((await stateOf(Number(pid))) ?? "", /[tT]/);
  assert.equal(count(traced.events, "over"), 0);
  process.kill(Number(pid), "SIGCONT");
  assert.equal(exitCode(await traced.over), 0);
});

test("the command ends with its tracer", async () => {
  const traced = trace([node, "-e", "console.log('ready'); setInterval(() => {}, 1000)"]);
  const { pid } = await traced.first("started");
  while (!traced.output().includes("ready")) await sleep(10);
  traced.tracer.kill("SIGKILL");
  await traced.over;
  for (let turn = 0; turn < 200 && isAlive(Number(pid)); turn++) await sleep(10);
  assert.ok(!isAlive(Number(pid)));
});

test("every request of a busy server is seen, and every connection's bytes", async () => {
  const program = `${server}.listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
  const traced = trace([node, "-e", program]);
  while (!traced.output().includes("\n")) await sleep(10);
  const port = Number(traced.output());
  const requests = 300;
  const ask = async () => {
    for (let turn = 0; turn < requests; turn++) {
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/${turn}`)).text(), "hello");
    }
  };
  await Promise.all([ask(), ask(), ask()]);
  const { pid } = await traced.first("started");
  process.kill(Number(pid), "SIGTERM");
  const events = await traced.over;
  const received = events.filter(({ event }) => event === "received");
  const lines = received.filter(({ text }) => String(text).startsWith("GET /"));
  assert.equal(lines.length, 3 * requests);
  assert.equal(count(events, "opened"), count(events, "ended"));
});

test("threads that share descriptors, processes that inherit them: one connection", async (context) => {
  const python = findExecutable("python3");
  if (python === undefined) return context.skip("python3 is not here");
  const web = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  context.after(() => web.close());
  await once(web, "listening");
  const { port } = web.address() as AddressInfo;
  const program = `
import os, socket, threading
c = socket.create_connection(("127.0.0.1", ${port}))
t = threading.Thread(target=lambda: c.sendall(b"GET /thread HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")); t.start(); t.join()
c.recv(4096)
if os.fork() == 0:
    c.sendall(b"GET /child HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
    os._exit(0)
os.wait()
d = socket.socket(fileno=os.dup(c.fileno()))
c.close()
while d.recv(4096): pass
d.close()`;
  const events = await trace([python, "-c", program]).over;
  assert.equal(exitCode(events), 0);
  assert.equal(count(events, "opened"), 1);
  assert.equal(count(events, "ended"), 1);
  assert.equal(count(events, "sent"), 2);
  assert.deepEqual(
    events.filter(({ event }) => event === "sent").map(({ text }) => String(text).split(" ")[1]),
    ["/thread", "/child"],
  );
  // The child, and then its parent again.
  assert.equal(count(events, "owned"), 2);
  assert.equal(events.findLast(({ event }) => event === "ended")?.["end"], end.closed);
});

test("a connection on its way to another process goes on there", async (context) => {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const program = `
    const cluster = require("node:cluster");
    const { createServer, get } = require("node:http");
    if (cluster.isPrimary) {
      cluster.schedulingPolicy = cluster.SCHED_RR;
      const worker = cluster.fork();
      worker.on("listening", ({ port }) =>
        get({ port, host: "127.0.0.1", path: "/worker", agent: false },
          (response) => response.resume().on("end", () => setTimeout(() => worker.kill(), 50))));
    } else createServer((request, response) => response.end("hello")).listen(0, "127.0.0.1");`;
  const file = join(directory, "cluster.cjs");
  writeFileSync(file, program);
  const events = await trace([node, file]).over;
  const servers = events.filter((each) => each.event === "opened" && each["role"] !== role.client);
  assert.equal(servers.length, 1);
  assert.equal(count(events, "ended"), 2);
  assert.ok(events.some((each) => each.event === "owned" && each["cookie"] === servers[0]!["cookie"]));
});
