/** Every example as a person runs it: `tarsier run`, with its user half. Each is one page. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { example, withCable, withCertificate, withServer } from "./places.testing.ts";

const tarsier = fileURLToPath(new URL("../../bin/tarsier.js", import.meta.url));

/** What `tarsier run` of an example prints, around a command. */
async function run(name: string, command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const parameters = [tarsier, "run", "--quiet", fileURLToPath(example(name)), "--", ...command];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { env, timeout: 20_000 });
  return stdout;
}

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));
const shared = ["kernel.ts", "scope.ts", "show.ts"];
const examples = readdirSync(folder).filter((name) => /^[\w-]+\.ts$/.test(name) && !shared.includes(name));

test("there are twelve examples, and each is one page", () => {
  assert.equal(examples.length, 12);
  for (const name of examples) {
    const lines = readFileSync(`${folder}${name}`, "utf8").split("\n").length - 1;
    assert.ok(lines < 80, `${name} has ${lines} lines`);
  }
});

kernelTest("connections", () =>
  withServer("127.0.0.1", async (port) => {
    const printed = await run("connections", [
      "bash",
      "-c",
      `exec 3<>/dev/tcp/127.0.0.1/${port}; echo hi >&3; cat <&3`,
    ]);
    const [heard, line] = printed.split("\n");
    assert.equal(heard, "hello");
    assert.match(line!, new RegExp(`^bash\\[\\d+\\] → 127.0.0.1:${port}  [\\d.]+ ms  3 bytes sent, \\d+ received$`));
  }),
);

kernelTest("process-events", async () => {
  const lines = (
    await run("process-events", ["sh", "-c", "/bin/true; kill -9 $$"]).catch((error) => error.stdout)
  ).split("\n");
  assert.ok(
    lines.some((line: string) => /^true\[\d+\] executes \/bin\/true$/.test(line)),
    `${lines}`,
  );
  assert.ok(
    lines.some((line: string) => /^sh\[\d+\] is ended by signal 9$/.test(line)),
    `${lines}`,
  );
});

kernelTest("file-opens", async () => {
  const printed = await run("file-opens", ["sh", "-c", "cat /does/not/exist 2>/dev/null; true"]);
  assert.match(printed, /^cat\[\d+\] \/does\/not\/exist error 2$/m);
});

kernelTest("syscall-latency", async () => {
  const command = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000", "status=none"];
  assert.match(
    await run("syscall-latency", command),
    /^system call \d+: 1000 times, \d+ ns in the mean\n +\d+ ns +\d+ █/m,
  );
});

kernelTest("run-queue-latency", async () => {
  assert.match(await run("run-queue-latency", ["sleep", "0.05"]), /^ +\d+ ns +\d+ █+$/m);
});

kernelTest("round-trip-times", () =>
  withServer("127.0.0.1", async (port) => {
    const printed = await run("round-trip-times", ["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`]);
    assert.match(printed, /^127\.0\.0\.1: 1 connections, \d+ µs in the mean$/m);
  }),
);

kernelTest("container-traffic", async () => {
  const printed = await run("container-traffic", ["bash", "-c", "echo hello >/dev/udp/127.0.0.1/9"]);
  assert.match(printed, /sentPackets=1 sentBytes=34/);
});

kernelTest("blocklist", async () => {
  const command = ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"];
  const printed = await run("blocklist", command, { BLOCK: "127.0.0.0/8" }).catch((error) => error.stdout);
  assert.equal(printed, "127.0.0.0/8: 1 times blocked\n");
});

kernelTest("connect-redirect", () =>
  withServer("127.0.0.1", async (port) => {
    const environment = { FROM: "192.0.2.1:80", TO: `127.0.0.1:${port}` };
    assert.equal(await run("connect-redirect", ["bash", "-c", "cat </dev/tcp/192.0.2.1/80"], environment), "hello\n");
  }),
);

kernelTest("cpu-samples", async () => {
  const command = ["bash", "-c", "for ((turn = 0; turn < 200000; turn++)); do :; done"];
  assert.match(await run("cpu-samples", command), /^\d+ × bash\[\d+\] [\da-f]+/m);
});

kernelTest("drop-list", () =>
  withCable(async (near, far) => {
    const knock = ["nsenter", `--net=${far.netns}`, "timeout", "0.6", "bash", "-c", "exec 3<>/dev/tcp/10.99.0.1/9"];
    const parameters = [
      "run",
      "--quiet",
      "--interface",
      "tarsier0",
      fileURLToPath(example("drop-list")),
      "--",
      ...knock,
    ];
    const command = ["nsenter", `--net=${near.netns}`, process.execPath, tarsier, ...parameters];
    const env = { ...process.env, DROP: "10.99.0.2,10.99.0.3" };
    const { stdout } = await promisify(execFile)(command[0]!, command.slice(1), { env }).catch((error) => error);
    assert.deepEqual(stdout.trim().split("\n").sort(), ["10.99.0.2: 1 frames dropped", "10.99.0.3: 0 frames dropped"]);
  }),
);

kernelTest("tls-peek", () =>
  withCertificate(async (files) => {
    const script = `const tls = require("node:tls"), fs = require("node:fs");
      const own = { key: fs.readFileSync(process.argv[1]), cert: fs.readFileSync(process.argv[2]) };
      const server = tls.createServer(own, (socket) => socket.on("data", () => socket.end("the answer")));
      server.listen(0, "127.0.0.1", () => {
        const socket = tls.connect({ port: server.address().port, rejectUnauthorized: false }).resume();
        socket.end("the question");
        socket.on("close", () => server.close());
      });`;
    const command = [process.execPath, "-e", script, files.key, files.cert];
    const printed = (await run("tls-peek", command, { LIBSSL: process.execPath })).trim().split("\n");
    const [question, answer] = ['12 bytes: "the question"', '10 bytes: "the answer"'];
    assert.deepEqual(printed, [`→ ${question}`, `← ${question}`, `→ ${answer}`, `← ${answer}`]);
  }),
);
