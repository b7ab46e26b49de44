/**
 * Where programs can run: one row a kind, with the kernel's numbers for its program type and expected attach type
 * (`enum bpf_prog_type` and `enum bpf_attach_type`, `include/uapi/linux/bpf.h`).
 */

/** Types of programs, with the kernel's numbers. */
export const programTypes = {
  socketFilter: 1,
  kprobe: 2,
  trafficControl: 3,
  trafficControlAction: 4,
  tracepoint: 5,
  xdp: 6,
  perfEvent: 7,
  cgroupSkb: 8,
  cgroupSocket: 9,
  socketOps: 13,
  skSkb: 14,
  cgroupDevice: 15,
  skMsg: 16,
  rawTracepoint: 17,
  cgroupSocketAddress: 18,
  socketReuseport: 21,
  flowDissector: 22,
  cgroupSysctl: 23,
  rawTracepointWritable: 24,
  cgroupSocketOption: 25,
  tracing: 26,
  structOps: 27,
  extension: 28,
  lsm: 29,
  socketLookup: 30,
  syscall: 31,
  netfilter: 32,
} as const;

/** The name of a type of program. */
export type ProgramTypeName = keyof typeof programTypes;

/** What `HookSpec.target` of a kind names. */
export type HookTarget =
  /** Nothing: where it runs is said when it is attached. */
  | "none"
  /** A tracepoint by the name of its `TP_PROTO`: `sched_process_exec`. */
  | "rawTracepoint"
  /** A tracepoint by category and name: `sched/sched_process_exec`. */
  | "tracepoint"
  /** A kernel function; for the `Multi` kinds a pattern with `*`. */
  | "function"
  /** `PATH:SYMBOL` or `PATH:0xOFFSET`, or nothing where it is said when the program is attached. */
  | "userFunction"
  /** `PATH:PROVIDER:NAME` of a statically defined probe. */
  | "userProbe"
  /** A hook of the Linux security modules, without `bpf_lsm_`. */
  | "securityHook"
  /** What an iterator walks: `task`, `tcp`, `bpf_map_elem`. */
  | "iterator"
  /** `TYPE/MEMBER` of a structure of operations. */
  | "structMember";

/** What a kind of hook is to the kernel. */
export interface HookKindRow {
  readonly program: ProgramTypeName;
  /** The expected attach type, where the kernel wants one. */
  readonly attach?: number;
  readonly target: HookTarget;
}

/** Kinds of hooks: the type that its programs are loaded as, and how they are attached (`enum bpf_attach_type`). */
export const hookKinds = {
  tpBtf: { program: "tracing", attach: 23, target: "rawTracepoint" },
  fentry: { program: "tracing", attach: 24, target: "function" },
  fexit: { program: "tracing", attach: 25, target: "function" },
  modifyReturn: { program: "tracing", attach: 26, target: "function" },
  iterator: { program: "tracing", attach: 28, target: "iterator" },
  rawTracepoint: { program: "rawTracepoint", target: "rawTracepoint" },
  tracepoint: { program: "tracepoint", target: "tracepoint" },
  kprobe: { program: "kprobe", target: "function" },
  kretprobe: { program: "kprobe", target: "function" },
  kprobeMulti: { program: "kprobe", attach: 42, target: "function" },
  kretprobeMulti: { program: "kprobe", attach: 42, target: "function" },
  kprobeSession: { program: "kprobe", attach: 56, target: "function" },
  uprobe: { program: "kprobe", target: "userFunction" },
  uretprobe: { program: "kprobe", target: "userFunction" },
  uprobeMulti: { program: "kprobe", attach: 48, target: "userFunction" },
  uretprobeMulti: { program: "kprobe", attach: 48, target: "userFunction" },
  uprobeSession: { program: "kprobe", attach: 57, target: "userFunction" },
  usdt: { program: "kprobe", target: "userProbe" },
  perfEvent: { program: "perfEvent", target: "none" },
  lsm: { program: "lsm", attach: 27, target: "securityHook" },
  lsmCgroup: { program: "lsm", attach: 43, target: "securityHook" },
  syscall: { program: "syscall", target: "none" },
  structOps: { program: "structOps", target: "structMember" },
  extension: { program: "extension", target: "function" },
  socketFilter: { program: "socketFilter", target: "none" },
  xdp: { program: "xdp", attach: 37, target: "none" },
  trafficControl: { program: "trafficControl", target: "none" },
  tcxIngress: { program: "trafficControl", attach: 46, target: "none" },
  tcxEgress: { program: "trafficControl", attach: 47, target: "none" },
  netfilter: { program: "netfilter", attach: 45, target: "none" },
  cgroupSkbIngress: { program: "cgroupSkb", attach: 0, target: "none" },
  cgroupSkbEgress: { program: "cgroupSkb", attach: 1, target: "none" },
  socketCreate: { program: "cgroupSocket", attach: 2, target: "none" },
  socketRelease: { program: "cgroupSocket", attach: 34, target: "none" },
  postBind4: { program: "cgroupSocket", attach: 12, target: "none" },
  postBind6: { program: "cgroupSocket", attach: 13, target: "none" },
  bind4: { program: "cgroupSocketAddress", attach: 8, target: "none" },
  bind6: { program: "cgroupSocketAddress", attach: 9, target: "none" },
  connect4: { program: "cgroupSocketAddress", attach: 10, target: "none" },
  connect6: { program: "cgroupSocketAddress", attach: 11, target: "none" },
  connectUnix: { program: "cgroupSocketAddress", attach: 49, target: "none" },
  sendmsg4: { program: "cgroupSocketAddress", attach: 14, target: "none" },
  sendmsg6: { program: "cgroupSocketAddress", attach: 15, target: "none" },
  recvmsg4: { program: "cgroupSocketAddress", attach: 19, target: "none" },
  recvmsg6: { program: "cgroupSocketAddress", attach: 20, target: "none" },
  getpeername4: { program: "cgroupSocketAddress", attach: 29, target: "none" },
  getpeername6: { program: "cgroupSocketAddress", attach: 30, target: "none" },
  getsockname4: { program: "cgroupSocketAddress", attach: 31, target: "none" },
  getsockname6: { program: "cgroupSocketAddress", attach: 32, target: "none" },
  getSocketOption: { program: "cgroupSocketOption", attach: 21, target: "none" },
  setSocketOption: { program: "cgroupSocketOption", attach: 22, target: "none" },
  cgroupDevice: { program: "cgroupDevice", attach: 6, target: "none" },
  cgroupSysctl: { program: "cgroupSysctl", attach: 18, target: "none" },
  socketOps: { program: "socketOps", attach: 3, target: "none" },
  socketLookup: { program: "socketLookup", attach: 36, target: "none" },
  socketReuseport: { program: "socketReuseport", attach: 39, target: "none" },
  skSkbStreamParser: { program: "skSkb", attach: 4, target: "none" },
  skSkbStreamVerdict: { program: "skSkb", attach: 5, target: "none" },
  skSkbVerdict: { program: "skSkb", attach: 38, target: "none" },
  skMsgVerdict: { program: "skMsg", attach: 7, target: "none" },
  flowDissector: { program: "flowDissector", attach: 17, target: "none" },
} as const satisfies Record<string, HookKindRow>;

/** The name of a kind of hook. */
export type HookKind = keyof typeof hookKinds;

/** What programs of a hook may give back: numbers with names, or any of a range. */
export type DefinedReturns =
  | { readonly kind: "named"; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: "range"; readonly least: number; readonly most: number };

/** A field of what a hook hands over. */
export interface DefinedField {
  readonly name: string;
  /** `u32`, `bytes(64)`, `array(u16, 4)`. */
  readonly type: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A hook that an application defined (`defineHook`), as its programs were compiled for it. */
export interface DefinedHookSpec {
  readonly name: string;
  /** In memory order: those that programs may write come first. */
  readonly fields: readonly DefinedField[];
  readonly contextBytes: number;
  /** So many bytes from the beginning may be written. */
  readonly writableBytes: number;
  readonly returns: DefinedReturns;
  /** What counts where a program fails, or where there is none. */
  readonly default: number;
  /** Helpers beside those that every such hook has. */
  readonly helpers?: readonly string[];
  /** The only types of maps that programs may use. */
  readonly maps?: readonly string[];
}

/** Where a program runs. */
export interface HookSpec {
  readonly kind: HookKind;
  /** What `hookKinds[kind].target` says; empty for nothing. */
  readonly target: string;
  /** The map that an iterator over a map's elements walks. */
  readonly map?: string;
  /** The program may sleep (`BPF_F_SLEEPABLE`), as it reads user memory that is not there yet. */
  readonly sleepable?: boolean;
  /** The hook is one of an application (kind `syscall`): no kernel has it. */
  readonly defined?: DefinedHookSpec;
}
