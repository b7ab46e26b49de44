import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors/error.ts";
import { parseDurationMs } from "./duration-option.ts";

test("durations have units, and seconds without", () => {
  assert.equal(parseDurationMs("--for", "10s"), 10_000);
  assert.equal(parseDurationMs("--for", "500ms"), 500);
  assert.equal(parseDurationMs("--for", "1.5m"), 90_000);
  assert.equal(parseDurationMs("--for", "1h"), 3_600_000);
  assert.equal(parseDurationMs("--for", "3"), 3000);
});

test("anything else is refused with the option's name and the remedy", () => {
  for (const text of ["", "0s", "-1s", "10 s", "ten", "9999h"]) {
    assert.throws(
      () => parseDurationMs("--for", text),
      (error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, /^--for .*write 10s/);
        return true;
      },
    );
  }
});
