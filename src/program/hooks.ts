/** Where programs run. The name of the exported constant is the program's name. */

import type {
  DeviceAccess,
  FlowPacket,
  ReuseportChoice,
  Socket,
  SocketAddress,
  SocketBuffer,
  SocketLookup,
  SocketMessage,
  SocketOperation,
  SocketOption,
  SystemControl,
  TrafficPacket,
  XdpPacket,
} from "./contexts.ts";
import type { HookFunctionName } from "./hook-table.ts";
import type { KernelStruct } from "./kernel-types.ts";
import type { ObjectStorage, ReferenceTo } from "./maps.ts";
import { onlyInKernel } from "./only-in-kernel.ts";
import type { Type } from "./types.ts";

/** A kernel program. Its code is in the module's text; here is only where it runs. */
export interface Program<Kind extends HookFunctionName = HookFunctionName> {
  readonly kind: "program";
  readonly hook: Kind;
  readonly target: string;
}

/** What a handler takes: the hook's arguments by position, each with its type written down. Trailing ones may be left out. */
// biome-ignore lint/suspicious/noExplicitAny: a handler names the types of its own parameters
type Handler = (...args: any[]) => void | number;

/** What decides about something: it returns one of its hook's verdicts. */
type Verdict<Context> = (context: Context) => number;

/** A hook whose first argument says where. */
type AtTarget<Kind extends HookFunctionName> = (target: string, handler: Handler) => Program<Kind>;

function at<Kind extends HookFunctionName>(hook: Kind): AtTarget<Kind> {
  return (target) => ({ kind: "program", hook, target });
}

function here<Kind extends HookFunctionName, Given>(hook: Kind): (handler: Given) => Program<Kind> {
  return () => ({ kind: "program", hook, target: "" });
}

/** A tracepoint, with typed arguments: those of its `TP_PROTO`. */
export const tpBtf = at("tpBtf");

/** A tracepoint whose arguments are plain 64-bit numbers. */
export const rawTracepoint = at("rawTracepoint");

/** The entry of a kernel function. */
export const fentry = at("fentry");

/** The return of a kernel function: its parameters, all of them, then its result. */
export const fexit = at("fexit");

/** In front of a kernel function that may be made to fail: a result other than zero is its result. */
export const modifyReturn = at("modifyReturn");

/** A hook of the Linux security modules: zero lets it be, a negative error number refuses. */
export const lsm = at("lsm");

/** The same for processes of a cgroup: 1 lets it be, 0 refuses. */
export const lsmCgroup = at("lsmCgroup");

/** A walk over kernel objects: `iterator("task", (task: task_struct | null) => …)`, null at the end. */
export const iterator = at("iterator");

/** A walk over all sockets that have a value in `storage`; both null at the end. */
export function socketStorageIterator<V extends Type, SocketStruct extends KernelStruct>(
  _storage: ObjectStorage<KernelStruct, V>,
  _handler: (socket: SocketStruct | null, value: ReferenceTo<V> | null) => void | number,
): Program<"socketStorageIterator"> {
  return { kind: "program", hook: "socketStorageIterator", target: "bpf_sk_storage_map" };
}

/**
 * A tracepoint by category and name, with the record that it writes:
 * `tracepoint("sched/sched_process_exec", (event: trace_event_raw_sched_process_exec) => …)`.
 */
export const tracepoint = at("tracepoint");

/** The entry of a kernel function, by a breakpoint: up to six arguments, each with its type written down. */
export const kprobe = at("kprobe");

/** The return of a kernel function: its result. */
export const kretprobe = at("kretprobe");

/** The entry of every kernel function that a pattern fits: `tcp_*`. */
export const kprobeMulti = at("kprobeMulti");

/** The return of every kernel function that a pattern fits. */
export const kretprobeMulti = at("kretprobeMulti");

/** A hook in user code: `PATH:SYMBOL`, or without a target where it is attached. */
interface InUserCode<Kind extends HookFunctionName> {
  (target: string, handler: Handler): Program<Kind>;
  (handler: Handler): Program<Kind>;
}

function inUserCode<Kind extends HookFunctionName>(hook: Kind): InUserCode<Kind> {
  return (target: string | Handler) => ({ kind: "program", hook, target: typeof target === "string" ? target : "" });
}

/** The entry of a function of a program or library: its arguments, as integers and addresses. */
export const uprobe = inUserCode("uprobe");

/** The return of such a function: its result. */
export const uretprobe = inUserCode("uretprobe");

/** The entry of many functions, by one link. */
export const uprobeMulti = inUserCode("uprobeMulti");

/** The return of many functions, by one link. */
export const uretprobeMulti = inUserCode("uretprobeMulti");

/** Entry and return of every kernel function that a pattern fits, by one program; a result of 1 at the entry leaves out the return. */
export const kprobeSession = at("kprobeSession");

/** Entry and return of many functions in user code, by one program; a result of 1 at the entry leaves out the return. */
export const uprobeSession = inUserCode("uprobeSession");

/**
 * A statically defined probe (USDT) of a program or library, `PATH:PROVIDER:NAME`: its arguments in order, as integers
 * and addresses. An argument that the probe does not have is 0.
 */
export const usdt = inUserCode("usdt");

/** A sample of a hardware or software counter: `perfEvent((event: bpf_perf_event_data) => …)`. */
export const perfEvent = here<"perfEvent", Handler>("perfEvent");

/** A program that userspace runs itself, with a struct of its own for arguments and results. */
export const syscall = here<"syscall", Handler>("syscall");

/** Packets that a socket gets: how many bytes of each it shall see. */
export const socketFilter = here<"socketFilter", Verdict<SocketBuffer>>("socketFilter");

/** Frames as they arrive at an interface. */
export const xdp = Object.assign(here<"xdp", Verdict<XdpPacket>>("xdp"), {
  aborted: 0,
  drop: 1,
  pass: 2,
  transmit: 3,
  redirect: 4,
} as const);

/** Packets of an interface, for `tc filter`. */
export const trafficControl = Object.assign(here<"trafficControl", Verdict<TrafficPacket>>("trafficControl"), {
  pass: 0,
  drop: 2,
  redirect: 7,
} as const);

/** Packets of an interface, both ways, by links. */
export const tcx = {
  ingress: here<"tcx.ingress", Verdict<TrafficPacket>>("tcx.ingress"),
  egress: here<"tcx.egress", Verdict<TrafficPacket>>("tcx.egress"),
  next: -1,
  pass: 0,
  drop: 2,
  redirect: 7,
} as const;

/** Packets at a hook of netfilter: `netfilter((state: nf_hook_state, packet: sk_buff) => netfilter.accept)`. */
export const netfilter = Object.assign(here<"netfilter", Handler>("netfilter"), { drop: 0, accept: 1 } as const);

/** Packets of the sockets of a cgroup. */
export const cgroupSkb = {
  ingress: here<"cgroupSkb.ingress", Verdict<SocketBuffer>>("cgroupSkb.ingress"),
  egress: here<"cgroupSkb.egress", Verdict<SocketBuffer>>("cgroupSkb.egress"),
  deny: 0,
  allow: 1,
} as const;

/** The life of the sockets of a cgroup. */
export const cgroupSocket = {
  create: here<"cgroupSocket.create", Verdict<Socket>>("cgroupSocket.create"),
  release: here<"cgroupSocket.release", Verdict<Socket>>("cgroupSocket.release"),
  postBind4: here<"cgroupSocket.postBind4", Verdict<Socket>>("cgroupSocket.postBind4"),
  postBind6: here<"cgroupSocket.postBind6", Verdict<Socket>>("cgroupSocket.postBind6"),
  deny: 0,
  allow: 1,
} as const;

/** Addresses that socket calls of a cgroup are given: a program may change or refuse them. */
export const socketAddress = {
  bind4: here<"socketAddress.bind4", Verdict<SocketAddress>>("socketAddress.bind4"),
  bind6: here<"socketAddress.bind6", Verdict<SocketAddress>>("socketAddress.bind6"),
  connect4: here<"socketAddress.connect4", Verdict<SocketAddress>>("socketAddress.connect4"),
  connect6: here<"socketAddress.connect6", Verdict<SocketAddress>>("socketAddress.connect6"),
  connectUnix: here<"socketAddress.connectUnix", Verdict<SocketAddress>>("socketAddress.connectUnix"),
  sendmsg4: here<"socketAddress.sendmsg4", Verdict<SocketAddress>>("socketAddress.sendmsg4"),
  sendmsg6: here<"socketAddress.sendmsg6", Verdict<SocketAddress>>("socketAddress.sendmsg6"),
  recvmsg4: here<"socketAddress.recvmsg4", Verdict<SocketAddress>>("socketAddress.recvmsg4"),
  recvmsg6: here<"socketAddress.recvmsg6", Verdict<SocketAddress>>("socketAddress.recvmsg6"),
  getpeername4: here<"socketAddress.getpeername4", Verdict<SocketAddress>>("socketAddress.getpeername4"),
  getpeername6: here<"socketAddress.getpeername6", Verdict<SocketAddress>>("socketAddress.getpeername6"),
  getsockname4: here<"socketAddress.getsockname4", Verdict<SocketAddress>>("socketAddress.getsockname4"),
  getsockname6: here<"socketAddress.getsockname6", Verdict<SocketAddress>>("socketAddress.getsockname6"),
  deny: 0,
  allow: 1,
} as const;

/** Socket options that processes of a cgroup read and set. */
export const socketOption = {
  get: here<"socketOption.get", Verdict<SocketOption>>("socketOption.get"),
  set: here<"socketOption.set", Verdict<SocketOption>>("socketOption.set"),
  deny: 0,
  allow: 1,
} as const;

/** Accesses of a cgroup to device files. */
export const cgroupDevice = Object.assign(here<"cgroupDevice", Verdict<DeviceAccess>>("cgroupDevice"), {
  deny: 0,
  allow: 1,
} as const);

/** Accesses of a cgroup to `/proc/sys`. */
export const cgroupSysctl = Object.assign(here<"cgroupSysctl", Verdict<SystemControl>>("cgroupSysctl"), {
  deny: 0,
  allow: 1,
} as const);

/** What happens to the TCP connections of a cgroup. `socketOps.flags` are for `setCallbackFlags`. */
export const socketOps = Object.assign(here<"socketOps", (operation: SocketOperation) => void | number>("socketOps"), {
  timeoutInit: 1,
  receiveWindowInit: 2,
  connecting: 3,
  connected: 4,
  accepted: 5,
  needsEcn: 6,
  baseRoundTripTime: 7,
  retransmissionTimeout: 8,
  retransmitted: 9,
  stateChanged: 10,
  listening: 11,
  roundTripTime: 12,
  flags: { retransmissionTimeout: 1, retransmitted: 2, stateChanged: 4, roundTripTime: 8 },
} as const);

/** The search for the socket that takes a packet, in a network namespace. */
export const socketLookup = Object.assign(here<"socketLookup", Verdict<SocketLookup>>("socketLookup"), {
  drop: 0,
  pass: 1,
} as const);

/**
 * Finds out the flow of packets, for the whole of a network namespace: fills `packet.flow` from `packet.flow.networkOffset`
 * on, or has the kernel do it (`proceed`, from Linux 6.1 on).
 */
export const flowDissector = Object.assign(here<"flowDissector", Verdict<FlowPacket>>("flowDissector"), {
  found: 0,
  drop: 2,
  proceed: 129,
} as const);

/** The choice between sockets that share a port. */
export const socketReuseport = Object.assign(here<"socketReuseport", Verdict<ReuseportChoice>>("socketReuseport"), {
  drop: 0,
  pass: 1,
} as const);

/** Bytes that go through the sockets of a `socketMap`. */
export const streams = {
  parser: here<"streams.parser", Verdict<TrafficPacket>>("streams.parser"),
  streamVerdict: here<"streams.streamVerdict", Verdict<TrafficPacket>>("streams.streamVerdict"),
  verdict: here<"streams.verdict", Verdict<TrafficPacket>>("streams.verdict"),
  message: here<"streams.message", Verdict<SocketMessage>>("streams.message"),
  drop: 0,
  pass: 1,
} as const;

/** Switches on events of this connection: `setCallbackFlags(operation, socketOps.flags.roundTripTime)`. */
export function setCallbackFlags(_operation: SocketOperation, _flags: number): boolean {
  return onlyInKernel("setCallbackFlags");
}
