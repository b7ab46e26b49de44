import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../run-tests.ts";
import { compare } from "./expectations.ts";

const result = (name: string, outcome: Outcome, reason = "") => ({ file: "x.test.ts", name, outcome, reason });

test("what is as expected is counted, also a skip", () => {
  const results = [result("loads", "pass"), result("pins", "skip", "no bpffs")];
  assert.deepEqual(compare({ loads: "pass", pins: "skip" }, results), {
    passed: 1,
    skipped: 1,
    problems: [],
  });
});

test("a skip, a failure or a pass that was not expected, a missing and an unknown test are failures", () => {
  const expected = { a: "pass", b: "pass", c: "skip", d: "pass" } as const;
  const results = [
    result("a", "skip", "no BPF"),
    result("b", "fail", "so it is"),
    result("c", "pass"),
    result("e", "pass"),
  ];
  assert.deepEqual(compare(expected, results), {
    passed: 0,
    skipped: 0,
    problems: [
      "a: skip, expected pass: no BPF",
      "b: fail, expected pass: so it is",
      "c: pass, expected skip",
      "e: not in kernels.json (pass)",
      "d: did not run",
    ],
  });
});
