import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCount, formatCounted, formatDuration, formatShare, formatSize } from "./quantity.ts";

test("durations have three digits and the unit that fits", () => {
  const examples: [number, string][] = [
    [0, "0 µs"],
    [84_000, "84 µs"],
    [99_499, "99 µs"],
    [100_000, "0.10 ms"],
    [920_000, "0.92 ms"],
    [1_840_211, "1.84 ms"],
    [9_999_000, "10.0 ms"],
    [18_400_000, "18.4 ms"],
    [184_000_000, "184 ms"],
    [999_600_000, "1.00 s"],
    [10_200_000_000, "10.2 s"],
    [59_990_000_000, "1 min 0 s"],
    [125_000_000_000, "2 min 5 s"],
    [7_380_000_000_000, "2 h 3 min"],
  ];
  for (const [ns, text] of examples) assert.equal(formatDuration(ns), text);
});

test("sizes are in powers of 1000", () => {
  const examples: [number, string][] = [
    [0, "0 B"],
    [412, "412 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1234, "1.2 kB"],
    [9_949, "9.9 kB"],
    [9_950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [1_200_000, "1.2 MB"],
    [35_000_000_000, "35 GB"],
    [2e15, "2 PB"],
  ];
  for (const [bytes, text] of examples) assert.equal(formatSize(bytes), text);
});

test("counts have thousands separators and the right number", () => {
  assert.equal(formatCount(1_204), "1,204");
  assert.equal(formatCount(999), "999");
  assert.equal(formatCount(1_234_567), "1,234,567");
  assert.equal(formatCounted(1, "request"), "1 request");
  assert.equal(formatCounted(0, "request"), "0 requests");
});

test("shares are in percent", () => {
  assert.equal(formatShare(0.003), "0.3 %");
  assert.equal(formatShare(0.12), "12 %");
});
