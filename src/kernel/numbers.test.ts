/** The tables of `src/spec` against the running kernel's own enumerations. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { type HookKindRow, hookKinds, mapTypes, programTypes } from "../spec/index.ts";
import { linkTypes } from "./link-info.ts";
import { kernelTypes } from "./vmlinux.ts";

const skip = existsSync("/sys/kernel/btf/vmlinux") ? false : "this kernel has no BTF";

/** Names by number of an enumeration of the kernel. An older name of the same number stays beside the newer one. */
function kernelEnum(name: string): Map<number, string[]> {
  const types = kernelTypes();
  const type = types.type(types.find(name, "enum")!);
  assert.ok(type.kind === "enum");
  const names = new Map<number, string[]>();
  for (const { name, value } of type.values) {
    names.set(Number(value), [...(names.get(Number(value)) ?? []), name]);
  }
  return names;
}

/** What the kernel calls things that have other words here. */
const kernelWords: Readonly<Record<string, string>> = {
  programArray: "prog_array",
  perCpuHash: "percpu_hash",
  perCpuArray: "percpu_array",
  lruPerCpuHash: "lru_percpu_hash",
  deviceMap: "devmap",
  deviceMapHash: "devmap_hash",
  socketMap: "sockmap",
  socketHash: "sockhash",
  cpuMap: "cpumap",
  xdpSocketMap: "xskmap",
  reuseportSocketArray: "reuseport_sockarray",
  socketStorage: "sk_storage",
  ringBuffer: "ringbuf",
  userRingBuffer: "user_ringbuf",
  cgroupStorage: "cgrp_storage",
  trafficControl: "sched_cls",
  trafficControlAction: "sched_act",
  cgroupSocket: "cgroup_sock",
  socketOps: "sock_ops",
  cgroupSocketAddress: "cgroup_sock_addr",
  socketReuseport: "sk_reuseport",
  cgroupSocketOption: "cgroup_sockopt",
  extension: "ext",
  socketLookup: "sk_lookup",
  iterator: "iter",
  networkNamespace: "netns",
  socketMapLink: "sockmap",
};

const words = (name: string) => kernelWords[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function compare(table: Readonly<Record<string, number>>, enumeration: string, prefix: string): void {
  const names = kernelEnum(enumeration);
  for (const [name, number] of Object.entries(table)) {
    const found = names.get(number);
    // An older kernel lacks the newest rows, and no row has another meaning there.
    if (found === undefined && number >= names.size - 1) continue;
    assert.ok(found?.includes(`${prefix}${words(name).toUpperCase()}`), `${name} is ${number}: ${found}`);
  }
}

test("types of programs, maps and links have the kernel's numbers", { skip }, () => {
  compare(programTypes, "bpf_prog_type", "BPF_PROG_TYPE_");
  compare(mapTypes, "bpf_map_type", "BPF_MAP_TYPE_");
  compare(linkTypes, "bpf_link_type", "BPF_LINK_TYPE_");
});

/** The kernel's name for the attach type of each kind of hook. */
const attachTypes: Readonly<Record<string, string>> = {
  tpBtf: "TRACE_RAW_TP",
  fentry: "TRACE_FENTRY",
  fexit: "TRACE_FEXIT",
  modifyReturn: "MODIFY_RETURN",
  iterator: "TRACE_ITER",
  kprobeMulti: "TRACE_KPROBE_MULTI",
  kretprobeMulti: "TRACE_KPROBE_MULTI",
  kprobeSession: "TRACE_KPROBE_SESSION",
  uprobeMulti: "TRACE_UPROBE_MULTI",
  uretprobeMulti: "TRACE_UPROBE_MULTI",
  uprobeSession: "TRACE_UPROBE_SESSION",
  lsm: "LSM_MAC",
  lsmCgroup: "LSM_CGROUP",
  xdp: "XDP",
  tcxIngress: "TCX_INGRESS",
  tcxEgress: "TCX_EGRESS",
  netfilter: "NETFILTER",
  cgroupSkbIngress: "CGROUP_INET_INGRESS",
  cgroupSkbEgress: "CGROUP_INET_EGRESS",
  socketCreate: "CGROUP_INET_SOCK_CREATE",
  socketRelease: "CGROUP_INET_SOCK_RELEASE",
  postBind4: "CGROUP_INET4_POST_BIND",
  postBind6: "CGROUP_INET6_POST_BIND",
  bind4: "CGROUP_INET4_BIND",
  bind6: "CGROUP_INET6_BIND",
  connect4: "CGROUP_INET4_CONNECT",
  connect6: "CGROUP_INET6_CONNECT",
  connectUnix: "CGROUP_UNIX_CONNECT",
  sendmsg4: "CGROUP_UDP4_SENDMSG",
  sendmsg6: "CGROUP_UDP6_SENDMSG",
  recvmsg4: "CGROUP_UDP4_RECVMSG",
  recvmsg6: "CGROUP_UDP6_RECVMSG",
  getpeername4: "CGROUP_INET4_GETPEERNAME",
  getpeername6: "CGROUP_INET6_GETPEERNAME",
  getsockname4: "CGROUP_INET4_GETSOCKNAME",
  getsockname6: "CGROUP_INET6_GETSOCKNAME",
  getSocketOption: "CGROUP_GETSOCKOPT",
  setSocketOption: "CGROUP_SETSOCKOPT",
  cgroupDevice: "CGROUP_DEVICE",
  cgroupSysctl: "CGROUP_SYSCTL",
  socketOps: "CGROUP_SOCK_OPS",
  socketLookup: "SK_LOOKUP",
  socketReuseport: "SK_REUSEPORT_SELECT",
  skSkbStreamParser: "SK_SKB_STREAM_PARSER",
  skSkbStreamVerdict: "SK_SKB_STREAM_VERDICT",
  skSkbVerdict: "SK_SKB_VERDICT",
  skMsgVerdict: "SK_MSG_VERDICT",
  flowDissector: "FLOW_DISSECTOR",
};

test("every kind of hook has the kernel's number for its attach type", { skip }, () => {
  const names = kernelEnum("bpf_attach_type");
  for (const [kind, row] of Object.entries(hookKinds) as [string, HookKindRow][]) {
    const name = attachTypes[kind];
    assert.equal(row.attach === undefined, name === undefined, kind);
    if (row.attach === undefined || row.attach >= names.size - 1) continue;
    assert.ok(names.get(row.attach)?.includes(`BPF_${name}`), `${kind}: ${names.get(row.attach)}`);
  }
});
