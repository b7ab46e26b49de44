/** What hooks and maps ask of a kernel: the version that brought them, and the option it must be built with. */

import { release } from "node:os";
import { KernelError, type TarsierError } from "../errors/error.ts";
import type { HookKind, MapTypeName } from "../spec/index.ts";
import { bpfError } from "./bpf.ts";
import { errnoName } from "./errno.ts";

/** What one kind of hook or map needs. */
export interface Requirement {
  /** The first kernel that has it. */
  readonly since: string;
  /** Options it must be built with. */
  readonly config?: string;
  /** What to use where it is missing. */
  readonly instead?: string;
}

const functionTracing = "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y and CONFIG_FUNCTION_TRACER=y";
const kernelProbes = { config: "CONFIG_KPROBE_EVENTS=y", instead: "tpBtf or rawTracepoint" } as const;
const cgroups = "CONFIG_CGROUP_BPF=y";

/** Hooks that not every kernel from 6.1 on has, or that it must be built for. */
export const hookRequirements: Readonly<Partial<Record<HookKind, Requirement>>> = {
  fentry: { since: "5.5", config: functionTracing, instead: "tpBtf or kprobe" },
  fexit: { since: "5.5", config: functionTracing, instead: "tpBtf or kretprobe" },
  modifyReturn: { since: "5.7", config: functionTracing },
  tracepoint: { since: "4.7", config: "CONFIG_BPF_EVENTS=y" },
  kprobe: { since: "4.1", ...kernelProbes },
  kretprobe: { since: "4.1", ...kernelProbes },
  kprobeMulti: { since: "5.18", config: "CONFIG_FPROBE=y", instead: "kprobe" },
  kretprobeMulti: { since: "5.18", config: "CONFIG_FPROBE=y", instead: "kretprobe" },
  kprobeSession: { since: "6.10", config: "CONFIG_FPROBE=y", instead: "kprobe and kretprobe" },
  uprobe: { since: "4.1", config: "CONFIG_UPROBE_EVENTS=y" },
  uretprobe: { since: "4.1", config: "CONFIG_UPROBE_EVENTS=y" },
  uprobeMulti: { since: "6.6", config: "CONFIG_UPROBE_EVENTS=y", instead: "uprobe" },
  uretprobeMulti: { since: "6.6", config: "CONFIG_UPROBE_EVENTS=y", instead: "uretprobe" },
  uprobeSession: { since: "6.13", config: "CONFIG_UPROBE_EVENTS=y", instead: "uprobe and uretprobe" },
  usdt: { since: "4.20", config: "CONFIG_UPROBE_EVENTS=y" },
  lsm: { since: "5.7", config: `CONFIG_BPF_LSM=y, ${functionTracing}, and \`bpf\` in the boot option lsm=` },
  lsmCgroup: { since: "6.0", config: `CONFIG_BPF_LSM=y, ${cgroups}, and \`bpf\` in the boot option lsm=` },
  structOps: { since: "5.6", config: "CONFIG_BPF_JIT=y" },
  extension: { since: "5.6", config: functionTracing, instead: "a program array and tail calls" },
  tcxIngress: { since: "6.6", config: "CONFIG_NET_XGRESS=y", instead: "cgroupSkbIngress or xdp" },
  tcxEgress: { since: "6.6", config: "CONFIG_NET_XGRESS=y", instead: "cgroupSkbEgress" },
  trafficControl: { since: "6.6", config: "CONFIG_NET_XGRESS=y", instead: "`tc filter add … bpf pinned PATH`" },
  netfilter: { since: "6.4", config: "CONFIG_NETFILTER_BPF_LINK=y", instead: "cgroupSkb or xdp" },
  connectUnix: { since: "6.7", config: cgroups },
  skSkbStreamParser: { since: "4.14", config: "CONFIG_BPF_STREAM_PARSER=y" },
  skSkbStreamVerdict: { since: "4.14", config: "CONFIG_BPF_STREAM_PARSER=y" },
  skSkbVerdict: { since: "5.13", config: "CONFIG_BPF_STREAM_PARSER=y" },
};

/** Types of maps that not every kernel from 6.1 on has, or that it must be built for. */
export const mapRequirements: Readonly<Partial<Record<MapTypeName, Requirement>>> = {
  arena: { since: "6.9", config: "a 64-bit machine with CONFIG_BPF_JIT=y" },
  cgroupStorage: { since: "6.2", config: "CONFIG_CGROUPS=y" },
  userRingBuffer: { since: "6.1" },
  inodeStorage: { since: "5.10", config: "CONFIG_BPF_LSM=y" },
  socketMap: { since: "4.14", config: "CONFIG_BPF_STREAM_PARSER=y" },
  socketHash: { since: "4.18", config: "CONFIG_BPF_STREAM_PARSER=y" },
  xdpSocketMap: { since: "4.18", config: "CONFIG_XDP_SOCKETS=y" },
  structOps: { since: "5.6", config: "CONFIG_BPF_JIT=y" },
};

/** The error for a refusal that says nothing of its own: what it needs is told, where that is known. */
function refused(requirement: Requirement | undefined, label: string, errno: number, doing: string): TarsierError {
  const name = errnoName(errno);
  const isPermission = name === "EPERM" || name === "EACCES";
  if (requirement === undefined || name === "ENOMEM" || (isPermission && process.getuid?.() !== 0)) {
    return bpfError(errno, doing);
  }
  const { since, config, instead } = requirement;
  const needs = `${label} needs Linux ${since} or newer${config === undefined ? "" : ` built with ${config}`}`;
  const remedy = instead === undefined ? "" : `; use ${instead} instead`;
  return new KernelError("HOOK_REFUSED", `cannot ${doing}: ${name} on Linux ${release()}; ${needs}${remedy}`);
}

/** The errors for what a kernel refuses. */
export const requirementOf = {
  hook: (kind: HookKind, errno: number, doing: string) =>
    refused(hookRequirements[kind], `the hook ${kind}`, errno, doing),
  map: (type: MapTypeName, errno: number, doing: string) =>
    refused(mapRequirements[type], `the map type ${type}`, errno, doing),
};
