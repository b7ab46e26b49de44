import assert from "node:assert/strict";
import { test } from "node:test";
import { wallClock } from "./clock.ts";

const midnight = Date.UTC(2026, 0, 31);

test("a time of the kernel's clock is told as the time of day it had", () => {
  const clock = wallClock(
    () => midnight,
    () => 5_000_000_000n,
  );
  assert.equal(clock.iso(5e9), "2026-01-31T00:00:00.000Z");
  assert.equal(clock.iso(5e9 + 1_500_000), "2026-01-31T00:00:00.001Z");
  assert.equal(clock.iso(4e9), "2026-01-30T23:59:59.000Z");
});

test("a clock that was set, or a machine that slept, shows within ten seconds", () => {
  let wallMs = midnight;
  let monotonicNs = 0n;
  const clock = wallClock(
    () => wallMs,
    () => monotonicNs,
  );
  assert.equal(clock.iso(1e9), "2026-01-31T00:00:01.000Z");
  // An hour of sleep, in which the monotonic clock stood still; then eleven seconds of work.
  wallMs += 3_600_000 + 11_000;
  monotonicNs += 11_000_000_000n;
  assert.equal(clock.iso(11e9), "2026-01-31T01:00:11.000Z");
});
