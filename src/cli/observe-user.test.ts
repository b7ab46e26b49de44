import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { directoryWith, tarsier, tarsierPath } from "./tarsier.testing.ts";

const shop = (name: string) => fileURLToPath(new URL(`../../../examples/shop/${name}`, import.meta.url));
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const ordinaryUser = isRoot ? { uid: nobody, gid: nobody } : {};

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The shop under a bounded load, as one engine saw it. */
async function observeShop(context: TestContext, engine: "kernel" | "user"): Promise<Line[]> {
  const directory = directoryWith(context, {});
  const output = join(directory, "records.jsonl");
  chmodSync(directory, 0o777);
  const tracer = spawn(
    process.execPath,
    [tarsierPath, "observe", "--engine", engine, "--cpu-budget", "100%", "--json", "-o", output, "--"].concat([
      process.execPath,
      shop("server.js"),
    ]),
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, PORT: "0", STOCK_PORT: "0", PRICES_PORT: "0" },
      ...(engine === "user" && ordinaryUser),
    },
  );
  const [line] = await once(tracer.stdout!, "data");
  const url = /http:\S+/.exec(String(line))![0];
  const load = spawn(process.execPath, [shop("load.js"), "--url", url, "--seconds", "2", "--rate", "40"], {
    stdio: "inherit",
  });
  assert.deepEqual(await once(load, "exit"), [0, null]);
  tracer.kill("SIGTERM");
  assert.deepEqual(await once(tracer, "exit"), [0, null]);
  return readFileSync(output, "utf8")
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as Line);
}

const requestsOf = (lines: readonly Line[]) =>
  lines
    .filter(({ type }) => type === "request")
    .map(({ role, method, target, status, requestBytes }) => [role, method, target, status, requestBytes].join(" "))
    .sort();

kernelTest("an ordinary user sees the requests that the kernel's engine sees, on the same load", async (context) => {
  const user = await observeShop(context, "user");
  const kernel = await observeShop(context, "kernel");
  assert.ok(requestsOf(user).length >= 80);
  assert.deepEqual(requestsOf(user), requestsOf(kernel));
  const summary = user.at(-1)!;
  assert.deepEqual([summary.type, summary["lost"], summary["sampledOut"]], ["summary", 0, 0]);
  assert.deepEqual(summary["requests"], kernel.at(-1)!["requests"]);
});

test("where the kernel is not permitted, the user's engine is taken, and that is said", {
  skip: !isRoot,
}, (context) => {
  const directory = directoryWith(context, {});
  const ended = tarsier(directory, ["observe", "--", "sh", "-c", "echo out; exit 5"], ordinaryUser);
  assert.equal(ended.status, 5);
  assert.match(ended.stderr, /user engine \(ptrace\); not by the kernel: .*EPERM/);
  assert.match(ended.stderr, /ends with Tarsier, gains no rights by set-uid programs, and has no io_uring/);
  assert.match(ended.stdout, /^out$/m);
});

test("the user's engine takes nothing but a command", (context) => {
  const directory = directoryWith(context, {});
  const ended = tarsier(directory, ["observe", "--engine", "user", "--pid", "1"]);
  assert.equal(ended.status, 2);
  assert.match(
    ended.stderr,
    /--engine user traces a command that it starts: give one after `--`, or use --engine kernel/,
  );
});

test("the exit code is the command's, also of a signal", (context) => {
  const directory = directoryWith(context, {});
  const run = (script: string) => tarsier(directory, ["observe", "--engine", "user", "-q", "--", "sh", "-c", script]);
  assert.equal(run("exit 3").status, 3);
  assert.equal(run("kill -TERM $$").status, 128 + 15);
});
