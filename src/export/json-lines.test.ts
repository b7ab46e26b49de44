import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RequestRecord } from "../records/index.ts";
import { connectionSample, requestSample, summarySample } from "../records/samples.testing.ts";
import { jsonLine, jsonString } from "./json-lines.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...'ab"\\\n\x00\x1b\x7f\x9b\u202e\u2066\ud800\udfff…é') }),
);

test("a line is what JSON.stringify gives, in the documented order of keys", () => {
  for (const record of [
    requestSample,
    connectionSample,
    summarySample,
    { ...requestSample, targetTruncated: true, incomplete: true } as const,
  ]) {
    assert.equal(jsonLine(record), `${JSON.stringify(record)}\n`);
  }
});

test("whatever others wrote reads back as it was", () => {
  const hostile = fc.record({
    method: anyText,
    target: anyText,
    name: anyText,
    cgroup: anyText,
    status: fc.option(fc.nat(999)),
    latencyNs: fc.option(fc.maxSafeNat()),
  });
  fc.assert(
    fc.property(hostile, ({ name, ...fields }) => {
      const record: RequestRecord = { ...requestSample, ...fields, process: { pid: 1, name } };
      assert.deepEqual(JSON.parse(jsonLine(record)), JSON.parse(JSON.stringify(record)));
      assert.equal(jsonLine(record).indexOf("\n"), jsonLine(record).length - 1);
    }),
    { numRuns: 2000 },
  );
});

test("text without controls beyond JSON's own is written as JSON.stringify writes it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(text));
      assert.equal(jsonString(text), JSON.stringify(text));
    }),
  );
});

test("no control character of any kind is printed", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.doesNotMatch(jsonString(text), /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
});
