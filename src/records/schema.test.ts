import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { connectionSample, requestSample, summarySample } from "./samples.testing.ts";

/** From `dist/src/records`, where this runs. */
const docs = (path: string) => new URL(`../../../docs/${path}`, import.meta.url);
const schema = JSON.parse(readFileSync(docs("schema/observe.schema.json"), "utf8"));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

test("records of each kind satisfy the published schema", () => {
  const unanswered = { ...requestSample, status: null, latencyNs: null, firstByteNs: null, incomplete: true };
  const truncated = { ...requestSample, targetTruncated: true };
  for (const record of [requestSample, connectionSample, summarySample, unanswered, truncated]) {
    assert.ok(validate(record), JSON.stringify(validate.errors));
  }
});

test("the schema refuses what is missing, unknown, out of range or of another shape", () => {
  const { status: _, ...withoutStatus } = requestSample;
  const wrong = [
    withoutStatus,
    { ...requestSample, body: "secret" },
    { ...requestSample, latencyNs: 1.5 },
    { ...requestSample, requestBytes: -1 },
    { ...requestSample, peer: "::1:80" },
    { ...requestSample, time: "12:04:31.120" },
    { ...requestSample, targetTruncated: false },
    { ...connectionSample, end: "gone" },
    { ...connectionSample, role: "proxy" },
    { ...summarySample, requests: 1204 },
    { type: "other" },
  ];
  for (const record of wrong) assert.equal(validate(record), false, JSON.stringify(record));
});

test("the examples in docs/records.md are these samples, and satisfy the schema", () => {
  const text = readFileSync(docs("records.md"), "utf8");
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block]) => JSON.parse(block!));
  assert.deepEqual(blocks, [requestSample, connectionSample, summarySample]);
});
