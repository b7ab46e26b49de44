import assert from "node:assert/strict";
import { test } from "node:test";
import { type HookSpec, hookKinds } from "../spec/hooks.ts";
import { hookOfSection, sectionOfHook } from "./section-names.ts";

const names: readonly (readonly [string, HookSpec])[] = [
  ["tp_btf/sched_process_exec", { kind: "tpBtf", target: "sched_process_exec" }],
  ["raw_tp/sys_enter", { kind: "rawTracepoint", target: "sys_enter" }],
  ["tp/sched/sched_switch", { kind: "tracepoint", target: "sched/sched_switch" }],
  ["kprobe/vfs_read", { kind: "kprobe", target: "vfs_read" }],
  ["kprobe", { kind: "kprobe", target: "" }],
  ["uprobe.s//usr/bin/node:main+4", { kind: "uprobe", target: "/usr/bin/node:main+4", sleepable: true }],
  ["fentry.s/do_exit", { kind: "fentry", target: "do_exit", sleepable: true }],
  ["tcx/ingress", { kind: "tcxIngress", target: "" }],
  ["tc", { kind: "trafficControl", target: "" }],
  ["cgroup_skb/egress", { kind: "cgroupSkbEgress", target: "" }],
  ["cgroup/connect4", { kind: "connect4", target: "" }],
  ["iter/bpf_map_elem", { kind: "iterator", target: "bpf_map_elem" }],
  ["syscall", { kind: "syscall", target: "", sleepable: true }],
  ["?xdp", { kind: "xdp", target: "" }],
];

test("the name of a section says the hook, as libbpf reads it", () => {
  for (const [name, hook] of names) assert.deepEqual(hookOfSection(name), hook, name);
});

test("every kind of hook has a name that says it again", () => {
  for (const kind of Object.keys(hookKinds) as (keyof typeof hookKinds)[]) {
    const target = hookKinds[kind].target === "none" ? "" : "some/where";
    const hook = hookOfSection(sectionOfHook({ kind, target }));
    assert.deepEqual([hook.kind, hook.target], [kind, target]);
  }
});

test("other names are refused, those of libbpf as not yet supported", () => {
  assert.throws(() => hookOfSection("helpers"), {
    code: "ELF_UNKNOWN_SECTION",
    message: /helpers says no kind of program/,
  });
  assert.throws(() => hookOfSection("xdp/devmap"), /is not supported yet/);
  assert.throws(() => hookOfSection("ksyscall/read"), /is not supported yet/);
});
