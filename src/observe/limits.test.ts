import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOpenFileLimit } from "./limits.ts";

test("the soft limit of open files is read from its line", () => {
  const limits = [
    "Limit                     Soft Limit           Hard Limit           Units",
    "Max processes             95980                95980                processes",
    "Max open files            1024                 20000                files",
  ].join("\n");
  assert.equal(parseOpenFileLimit(limits), 1024);
  assert.equal(parseOpenFileLimit("Max open files            unlimited  unlimited  files"), "unlimited");
  assert.equal(parseOpenFileLimit(""), undefined);
});
