import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketStartNs, quantileNs } from "./latency.ts";

test("buckets divide each power of two into four", () => {
  assert.equal(bucketStartNs(40), 1024);
  assert.equal(bucketStartNs(41), 1280);
  assert.equal(bucketStartNs(43), 1792);
  assert.equal(bucketStartNs(44), 2048);
});

test("a quantile is the end of the bucket it falls in", () => {
  const counts = new Array(256).fill(0);
  counts[40] = 99;
  counts[80] = 1;
  assert.equal(quantileNs(counts, 0.5), 1280);
  assert.equal(quantileNs(counts, 1), bucketStartNs(81));
});

test("without exchanges there is no quantile", () => {
  assert.equal(quantileNs(new Array(256).fill(0), 0.99), undefined);
});
