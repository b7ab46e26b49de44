import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSizeBytes } from "./size-option.ts";

test("sizes are bytes, or so many of 1024 with K, M or G", () => {
  assert.equal(parseSizeBytes("--record-limit", "500"), 500);
  assert.equal(parseSizeBytes("--record-limit", "64M"), 64 * 1024 * 1024);
  assert.equal(parseSizeBytes("--record-limit", "1k"), 1024);
  assert.equal(parseSizeBytes("--record-limit", undefined), undefined);
});

test("anything else is refused in one line that shows how it is written", () => {
  for (const text of ["", "0", "-1", "1.5M", "10T", "M"]) {
    assert.throws(() => parseSizeBytes("--record-limit", text), /--record-limit .*: not a size; write 500K, 64M or 2G/);
  }
});
