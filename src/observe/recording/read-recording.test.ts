import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { InputError } from "../../errors/error.ts";
import { End } from "../../programs/layouts.ts";
import type { ConnectionRecord, RequestRecord } from "../../records/index.ts";
import { readRecording } from "./read-recording.ts";
import { sampleRecording } from "./recording.testing.ts";
import { replayRecording } from "./replay-recording.ts";
import { readRuns, writeRuns } from "./runs.ts";

function shown(bytes: Uint8Array) {
  const requests: RequestRecord[] = [];
  const connections: ConnectionRecord[] = [];
  const summary = replayRecording(readRecording(bytes, "r"), {
    request: (record) => void requests.push(record),
    connection: (record) => void connections.push(record),
    flush: () => {},
  });
  return { requests, connections, summary };
}

test("a recording is played through the exchange core, with its names, addresses and times", () => {
  const { requests, connections, summary } = shown(sampleRecording(End.closed));
  const [request] = requests;
  assert.deepEqual(request, {
    type: "request",
    time: "2026-01-02T03:04:05.001Z",
    process: { pid: 4711, name: "shop" },
    cgroup: "/shop",
    role: "server",
    local: "127.0.0.1:8080",
    peer: "127.0.0.1:50000",
    protocol: "http/1.1",
    method: "GET",
    target: "/stock?sku=…",
    status: 200,
    latencyNs: 2_000_000,
    firstByteNs: 1_000_000,
    requestBytes: 54,
    responseBytes: 43,
  });
  assert.equal(connections[0]?.end, "closed");
  assert.equal(summary.record.requests.server, 1);
});

test("bytes with any part taken out come back with the same parts missing", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(0x2a), fc.nat(255)), { maxLength: 300 }), (values) => {
      const bytes = Uint8Array.from(values);
      assert.deepEqual(readRuns(writeRuns(bytes), bytes.length), bytes);
      assert.equal(readRuns(writeRuns(bytes), bytes.length + 1), undefined);
    }),
  );
});

/** A file that is not a recording any more is refused in one line or played as far as it makes sense; nothing else happens. */
function refusedOrPlayed(bytes: Uint8Array): void {
  try {
    shown(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    assert.ok(!error.message.includes("\n"));
  }
}

test("a recording that was cut anywhere is refused or played as far as it goes", () => {
  const whole = sampleRecording(End.closed);
  for (let length = 0; length < whole.length; length++) refusedOrPlayed(whole.slice(0, length));
});

test("a recording with bytes changed is refused or played, and never does harm", () => {
  const whole = sampleRecording(End.closed);
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      refusedOrPlayed(bytes);
    }),
    { numRuns: 400 },
  );
});

test("any bytes behind the head of a recording are refused or played", () => {
  const head = sampleRecording(End.closed).slice(0, 44);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (rest) => refusedOrPlayed(Uint8Array.from([...head, ...rest]))),
    { numRuns: 400 },
  );
});

test("playing a recording needs nothing of Linux: no module on its way is the kernel's or loads a library", () => {
  const seen = new Set<string>();
  const outside = new Set<string>();
  const visit = (url: string) => {
    if (seen.has(url)) return;
    seen.add(url);
    const text = readFileSync(fileURLToPath(url), "utf8");
    for (const [, request] of text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";/gms)) {
      if (request!.startsWith(".")) visit(new URL(request!, url).href);
      else outside.add(request!);
    }
  };
  visit(new URL("./replay-recording.js", import.meta.url).href);
  visit(new URL("../../cli/replay-recording.js", import.meta.url).href);
  assert.ok(seen.size > 30);
  assert.deepEqual(
    [...seen].filter((url) => url.includes("/src/kernel/")),
    [],
  );
  assert.deepEqual(
    [...outside].filter((name) => !name.startsWith("node:")),
    [],
  );
});
