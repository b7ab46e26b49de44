import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { trafficProgram } from "../observe/recording/traffic.testing.ts";
import { directoryWith, tarsier } from "./tarsier.testing.ts";

/** What one engine showed, and what a replay of its recording shows. */
function recordAndReplay(context: TestContext, engine: "kernel" | "user", ...options: readonly string[]) {
  const directory = directoryWith(context, {});
  chmodSync(directory, 0o777);
  const observed = tarsier(directory, [
    ...["observe", "--engine", engine, "--cpu-budget", "100%", "--json", "-o", "live.jsonl", "--record", "r.tarsier"],
    ...options,
    ...["--", process.execPath, "-e", trafficProgram],
  ]);
  assert.equal(observed.status, 0, observed.stderr);
  const replayed = tarsier(directory, ["replay", "--json", "r.tarsier"]);
  assert.equal(replayed.status, 0, replayed.stderr);
  const live = readFileSync(join(directory, "live.jsonl"), "utf8");
  return { directory, observed, replayed, live, recording: readFileSync(join(directory, "r.tarsier"), "latin1") };
}

const requestCount = (lines: string) => lines.split("\n").filter((line) => line.startsWith('{"type":"request"')).length;

function checkSame({ replayed, live, recording }: ReturnType<typeof recordAndReplay>): void {
  // Seven by keep-alive and five by hand, each seen from both sides.
  assert.equal(requestCount(live), 2 * (7 + 6));
  assert.equal(replayed.stdout, live);
  assert.match(
    replayed.stderr,
    /^tarsier: a recording of node · \d{4}-.*Z · played through the programs in the sandbox$/m,
  );
  assert.ok(!recording.includes("SECRET"), "a secret is in the recording");
}

kernelTest("a replay shows what the kernel's engine showed, and no secret is in the file", (context) => {
  checkSame(recordAndReplay(context, "kernel"));
});

test("a replay shows what the user's engine showed, and no secret is in the file", (context) => {
  checkSame(recordAndReplay(context, "user"));
});

test("a recording stops at its limit, and both say so", (context) => {
  const { observed, replayed, recording } = recordAndReplay(context, "user", "--record-limit", "2K");
  assert.ok(recording.length <= 2048 + 64);
  assert.match(observed.stderr, /the recording is full: r\.tarsier has \d+ bytes, and what follows is not in it/);
  assert.match(replayed.stderr, /r\.tarsier had reached its limit: what came after that is not in it/);
});

test("a recording that was cut is shown as far as it goes", (context) => {
  const { directory, recording } = recordAndReplay(context, "user");
  writeFileSync(join(directory, "cut"), Buffer.from(recording, "latin1").subarray(0, 4000));
  const replayed = tarsier(directory, ["replay", "--json", "cut"]);
  assert.equal(replayed.status, 0);
  assert.ok(requestCount(replayed.stdout) > 0);
  assert.match(replayed.stderr, /cut was broken off/);
  const summary = tarsier(directory, ["replay", "--summary", "-q", "--json", "cut"]);
  assert.match(summary.stdout, /^\{"type":"summary"[^\n]*\}\n$/);
});

test("wrong calls and files are refused in one line", (context) => {
  const directory = directoryWith(context, { "text.txt": "no recording", "short.tarsier": "TARSREC\0" });
  const line = (...parameters: string[]) => {
    const { status, stderr } = tarsier(directory, ["replay", ...parameters]);
    assert.equal(stderr.trim().split("\n").length, 1);
    return `${status} ${stderr.trim()}`;
  };
  assert.match(line(), /^2 .*nothing to replay/);
  assert.match(line("absent"), /^1 .*absent: cannot be read/);
  assert.match(line("text.txt"), /^2 .*text.txt is no recording; if it is a capture, say what is to run on it/);
  assert.match(line("short.tarsier"), /^1 .*short.tarsier: the recording ends within its head/);
});

test("the recording of the demo is small, and plays", (context) => {
  const path = fileURLToPath(new URL("../../../examples/shop/demo.tarsier.gz", import.meta.url));
  assert.ok(statSync(path).size < 200_000);
  const { status, stdout } = tarsier(directoryWith(context, {}), ["replay", "--json", path]);
  assert.equal(status, 0);
  assert.ok(requestCount(stdout) > 1000);
  assert.match(stdout, /"target":"\/stock\?sku=…"/);
});
