import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Summary } from "../observe/summary.ts";
import { connectionSample, requestSample, summarySample } from "../records/samples.testing.ts";
import { parseObserveOptions } from "./observe-options.ts";
import { type Output, openOutput } from "./output.ts";

const summary: Summary = { record: summarySample, durationNs: 10e9, latency: undefined };

/** What is written to a file by an output with these options. */
function written(options: string[], use: (output: Output, read: () => string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-output-"));
  try {
    const path = join(folder, "output");
    const parsed = parseObserveOptions([...options, "-o", path, "--pid", "1"]);
    assert.notEqual(parsed, "help");
    if (parsed !== "help") {
      const output = openOutput(parsed);
      use(output, () => readFileSync(path, "utf8"));
      output.close();
    }
    return readFileSync(path, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("JSON lines are records and nothing else, the summary last, also when it is to be quiet", () => {
  for (const options of [["--json"], ["--json", "--quiet"]]) {
    const text = written(options, (output) => {
      output.begin();
      output.request(requestSample);
      output.connection(connectionSample);
      output.end(summary);
    });
    const records = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(records, [requestSample, connectionSample, summarySample]);
  }
});

test("a table has a head, rows, and the sum of it", () => {
  const lines = written([], (output) => {
    output.begin();
    output.request(requestSample);
    output.end(summary);
  }).split("\n");
  assert.match(lines[0]!, /^TIME\s+PROCESS\s+PEER\s+REQUEST/);
  assert.match(lines[1]!, /GET \/stock/);
  assert.match(lines[2]!, /^tarsier: .* requests on .* connections in 10\.0 s/);
});

test("a quiet table is its rows alone", () => {
  const text = written(["--quiet"], (output) => {
    output.begin();
    output.request(requestSample);
    output.end(summary);
  });
  assert.match(text, /^[^\n]*GET \/stock[^\n]*\n$/);
});

test("a connection whose requests were shown has no row of its own, another one has", () => {
  const rows = written(["--quiet"], (output) => {
    output.request({ ...requestSample, local: "127.0.0.1:1", peer: "127.0.0.1:2" });
    output.connection({ ...connectionSample, local: "127.0.0.1:1", peer: "127.0.0.1:2" });
    output.connection({ ...connectionSample, local: "127.0.0.1:1", peer: "127.0.0.1:3" });
    output.flush();
  }).trimEnd();
  assert.equal(rows.split("\n").length, 2);
  assert.match(rows, /127\.0\.0\.1:3 .*tcp connection/);
});

test("records wait for the end of their burst", () => {
  written(["--json"], (output, read) => {
    output.request(requestSample);
    assert.equal(read(), "");
    output.flush();
    assert.match(read(), /^{"type":"request"/);
  });
});
