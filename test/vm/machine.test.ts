import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { test } from "node:test";
import { readBtf } from "../../src/btf/index.ts";

test("the kernel is another one, with its types", () => {
  assert.match(release(), /^6\.\d+\.\d+.*-amd64$/);
  assert.ok(readBtf(readFileSync("/sys/kernel/btf/vmlinux")).count > 50_000);
});
