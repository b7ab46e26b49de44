import assert from "node:assert/strict";
import { test } from "node:test";
import { type HookKind, hookKinds, type ProgramSpec } from "../spec/index.ts";
import { planFor } from "./attach-in-scope.ts";

const nowhere = { cgroup: undefined, pid: undefined, interface: undefined };
const program = (kind: HookKind, target = ""): ProgramSpec => ({
  name: "run",
  hook: { kind, target },
  code: new Uint8Array(),
  maps: [],
  relocations: [],
  functions: [],
  lines: [],
});

test("each kind of hook is attached by what it needs of the scope", () => {
  const everywhere = { cgroup: "/sys/fs/cgroup/shop", pid: 42, interface: "eth0" };
  const plan = (kind: HookKind, target?: string) => planFor(program(kind, target), everywhere);
  assert.deepEqual(plan("tpBtf", "sys_enter"), {});
  assert.deepEqual(plan("kprobeMulti", "tcp_*"), {});
  assert.deepEqual(plan("connect4"), { cgroup: "/sys/fs/cgroup/shop" });
  assert.deepEqual(plan("socketOps"), { cgroup: "/sys/fs/cgroup/shop" });
  assert.deepEqual(plan("uprobe", "/bin/sh:main"), { pid: 42 });
  assert.deepEqual(plan("xdp"), { interface: "eth0" });
  assert.deepEqual(plan("trafficControl"), { interface: "eth0", direction: "ingress" });
  assert.deepEqual(plan("perfEvent"), { frequencyHz: 99, pid: 42 });
});

test("what the scope does not suffice for says what is missing", () => {
  const reason = (kind: HookKind) => planFor(program(kind), nowhere);
  assert.match(String(reason("cgroupSkbEgress")), /--cgroup/);
  assert.match(String(reason("tcxIngress")), /--interface/);
  assert.match(String(reason("uprobe")), /default export/);
  assert.deepEqual(planFor(program("uprobe", "/bin/sh:main"), nowhere), {});
});

test("no kind of hook is forgotten", () => {
  for (const kind of Object.keys(hookKinds) as HookKind[]) {
    const plan = planFor(program(kind, "x"), nowhere);
    assert.ok(typeof plan === "object" || plan.length > 0, kind);
  }
});
