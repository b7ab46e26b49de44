/** What has to be said when a program is attached, by the kind of its hook. */

import type { HookKind } from "../spec/index.ts";
import type { KernelMap } from "./map.ts";

/** A network namespace: a path such as `/run/netns/shop` or `/proc/42/ns/net`, or an open descriptor of one. */
export type NetworkNamespace = string | number;

/** A number that the program reads with `bpf_get_attach_cookie`. */
export interface WithCookie {
  readonly cookie?: bigint;
}

/** Programs of a cgroup: they see what its processes, and those of the cgroups below it, do. */
export interface InCgroup {
  /** A directory of the cgroup2 hierarchy, or an open descriptor of one. */
  readonly cgroup: string | number;
}

/** Programs of a network interface. */
export interface AtInterface {
  /** By name, or by index. */
  readonly interface: string | number;
  /** Where the interface is; this thread's namespace when absent. */
  readonly netns?: NetworkNamespace;
}

/** XDP programs. */
export interface AtXdp extends AtInterface {
  /** `generic` runs in the network stack, `native` in the driver; the kernel chooses when absent. */
  readonly mode?: "generic" | "native";
}

/** Traffic control programs whose hook does not say which way (`trafficControl`). They are attached as `tcx` ones are. */
export interface AtTrafficControl extends AtInterface {
  readonly direction: "ingress" | "egress";
}

/** Programs at a hook of netfilter. */
export interface AtNetfilter {
  readonly family: "ipv4" | "ipv6";
  readonly hook: "prerouting" | "input" | "forward" | "output" | "postrouting";
  /** Lower ones run first; neither the least nor the greatest 32-bit number. */
  readonly priority: number;
  /** Packets come whole, not in fragments. */
  readonly defragment?: boolean;
  readonly netns?: NetworkNamespace;
}

/** Programs of a network namespace. */
export interface InNamespace {
  /** This thread's network namespace when absent. */
  readonly netns?: NetworkNamespace;
}

/** A probe at one function of the kernel. */
export interface AtKernelFunction extends WithCookie {
  /** The function of the hook's target when absent. */
  readonly function?: string;
  readonly offset?: number;
}

/** A probe at many functions of the kernel, by one link. */
export interface AtKernelFunctions {
  /** Names, or patterns with `*`; the hook's target when absent. */
  readonly functions?: readonly string[];
  /** One for each function, in order: only together with exact names. */
  readonly cookies?: readonly bigint[];
}

/** A probe at one function of a program or library. */
export interface AtUserFunction extends WithCookie {
  /** The program or library; that of the hook's target when absent. */
  readonly binary?: string;
  readonly symbol?: string;
  /** Bytes from the symbol, or from the start of the file where there is none. */
  readonly offset?: number;
  /** One process; every process that maps the file when absent. */
  readonly pid?: number;
}

/** A probe at many functions of a program or library, by one link. */
export interface AtUserFunctions {
  readonly binary?: string;
  readonly symbols?: readonly string[];
  /** Offsets in the file, in the place of symbols. */
  readonly offsets?: readonly number[];
  readonly cookies?: readonly bigint[];
  readonly pid?: number;
}

/** A statically defined probe (USDT) of a program or library. */
export interface AtUserProbe {
  readonly binary?: string;
  readonly provider?: string;
  readonly probe?: string;
  readonly pid?: number;
  readonly cookie?: bigint;
}

/** Programs that run at samples of a performance event. */
export interface AtSamples extends WithCookie {
  /** Samples a second on each processor; or one after each `period` events. */
  readonly frequencyHz?: number;
  readonly period?: number;
  /** What is counted: time on the processor when absent. */
  readonly event?:
    | "cpuClock"
    | "taskClock"
    | "pageFaults"
    | "contextSwitches"
    | "cpuMigrations"
    | "cpuCycles"
    | "instructions";
  /** Processors; all that are online when absent. */
  readonly cpus?: readonly number[];
  /** One process (its main thread); everything on these processors when absent. */
  readonly pid?: number;
}

/** What an iterator goes over. */
export interface OverObjects {
  /** The map whose elements are walked; the hook's own when absent. */
  readonly map?: KernelMap;
  /** Only this process (all its threads), or only this thread: iterators over tasks. */
  readonly pid?: number;
  readonly thread?: number;
  /** Where the walk of an iterator over cgroups begins, and its way. */
  readonly cgroup?: string | number;
  readonly order?: "self" | "descendantsFirst" | "descendantsLast" | "ancestors";
}

/** Programs of one socket. */
export interface OnSocket {
  /** An open socket's descriptor. */
  readonly socket: number;
}

/** Programs of all sockets in a map. */
export interface OnSocketMap {
  readonly map: KernelMap;
}

export interface AtTracepoint extends WithCookie {
  /** `category/name`; the hook's target when absent. */
  readonly tracepoint?: string;
}

type CgroupKinds =
  | Extract<
      HookKind,
      | `cgroup${string}`
      | `connect${string}`
      | `bind${string}`
      | `postBind${string}`
      | `sendmsg${string}`
      | `recvmsg${string}`
      | `getpeername${string}`
      | `getsockname${string}`
    >
  | "socketCreate"
  | "socketRelease"
  | "getSocketOption"
  | "setSocketOption"
  | "socketOps"
  | "lsmCgroup";

interface OtherOptions {
  readonly tpBtf: WithCookie;
  readonly rawTracepoint: WithCookie;
  readonly fentry: WithCookie;
  readonly fexit: WithCookie;
  readonly modifyReturn: WithCookie;
  readonly lsm: WithCookie;
  readonly extension: object;
  readonly tracepoint: AtTracepoint;
  readonly kprobe: AtKernelFunction;
  readonly kretprobe: AtKernelFunction;
  readonly kprobeMulti: AtKernelFunctions;
  readonly kretprobeMulti: AtKernelFunctions;
  readonly kprobeSession: AtKernelFunctions;
  readonly uprobe: AtUserFunction;
  readonly uretprobe: AtUserFunction;
  readonly uprobeMulti: AtUserFunctions;
  readonly uretprobeMulti: AtUserFunctions;
  readonly uprobeSession: AtUserFunctions;
  readonly usdt: AtUserProbe;
  readonly perfEvent: AtSamples;
  readonly iterator: OverObjects;
  readonly xdp: AtXdp;
  readonly tcxIngress: AtInterface;
  readonly tcxEgress: AtInterface;
  readonly trafficControl: AtTrafficControl;
  readonly netfilter: AtNetfilter;
  readonly socketLookup: InNamespace;
  readonly flowDissector: InNamespace;
  readonly socketFilter: OnSocket;
  readonly socketReuseport: OnSocket;
  readonly skSkbStreamParser: OnSocketMap;
  readonly skSkbStreamVerdict: OnSocketMap;
  readonly skSkbVerdict: OnSocketMap;
  readonly skMsgVerdict: OnSocketMap;
  readonly syscall: never;
  readonly structOps: never;
}

/** Options of every kind. */
export type AttachOptionsByKind = OtherOptions & { readonly [Kind in CgroupKinds]: InCgroup };

/** Options of one kind; of any, where the kind is not known. */
export type AttachOptions<Kind extends HookKind = HookKind> = HookKind extends Kind
  ? Readonly<Record<string, unknown>>
  : AttachOptionsByKind[Kind];
