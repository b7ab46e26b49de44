import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Finding } from "../observe/findings.ts";

const tarsier = fileURLToPath(new URL("../../../bin/tarsier.js", import.meta.url));
const doctor = (...parameters: string[]) =>
  spawnSync(process.execPath, [tarsier, "doctor", ...parameters], { encoding: "utf8" });

test("every finding is a line with a mark, and what is missing is followed by its remedy", () => {
  const { stdout, stderr } = doctor();
  assert.equal(stderr, "");
  for (const line of stdout.trimEnd().split("\n")) assert.match(line, /^([✓✗·] \S.{29} \S| {33}\S)/);
  assert.match(stdout, /^. kernel\s+\d+\.\d+/m);
});

test("the same as JSON, with an exit code that says whether observing works here", () => {
  const { status, stdout } = doctor("--json");
  const findings: Finding[] = JSON.parse(stdout);
  assert.ok(findings.length > 5);
  assert.equal(status, findings.some(({ ok }) => ok === false) ? 1 : 0);
});
