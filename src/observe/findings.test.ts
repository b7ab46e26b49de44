import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { capabilityFindings, examine, userEngineFinding } from "./findings.ts";

const status = (capabilities: bigint) => `Name:\tnode\nCapEff:\t${capabilities.toString(16).padStart(16, "0")}\n`;
const missing = (capabilities: bigint) =>
  capabilityFindings(status(capabilities))
    .filter(({ ok }) => ok === false)
    .map(({ name }) => name);

test("CAP_BPF and CAP_PERFMON are needed, and each is told with its remedy where it is missing", () => {
  assert.deepEqual(missing(0n), ["CAP_BPF", "CAP_PERFMON"]);
  assert.deepEqual(missing(1n << 39n), ["CAP_PERFMON"]);
  assert.deepEqual(missing((1n << 39n) | (1n << 38n)), []);
  for (const { ok, remedy } of capabilityFindings(status(0n))) assert.equal(remedy !== undefined, ok === false);
});

test("CAP_SYS_ADMIN stands for both, as it did before they were there", () => {
  assert.deepEqual(missing(1n << 21n), []);
});

test("every need is told, whatever this process may do", () => {
  const findings = examine();
  const names = findings.map(({ name }) => name);
  for (const name of ["kernel", "lockdown", "BTF", "cgroup2", "pid namespace", "CAP_BPF"])
    assert.ok(names.includes(name));
  for (const { found } of findings) assert.ok(found.length > 0);
});

kernelTest("where kernel tests run, nothing that is needed is missing", () => {
  assert.deepEqual(
    examine().filter(({ ok }) => ok === false),
    [],
  );
});

test("without root a command can be traced, unless Yama forbids all ptrace", () => {
  assert.equal(userEngineFinding("1").ok, true);
  assert.equal(userEngineFinding(undefined).ok, true);
  const { ok, remedy } = userEngineFinding("3");
  assert.equal(ok, undefined);
  assert.match(remedy!, /ptrace_scope below 3/);
});
