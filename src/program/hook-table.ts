/** The functions that declare programs: one row each. What a kind is to the kernel stands in `spec/hooks.ts`. */

import type { HookKind } from "../spec/index.ts";
import type { ContextName } from "./contexts.ts";

/** What a handler's parameters are. */
export type HandlerForm =
  /** Words of the context, from `first` on, each with the type that the program writes down. */
  | { readonly kind: "words"; readonly first: number }
  /** Arguments of a function, in the registers of its call. */
  | { readonly kind: "callArguments" }
  /** The result of a function, in its register. */
  | { readonly kind: "callResult" }
  /** Arguments of a statically defined probe, wherever they are. */
  | { readonly kind: "probeArguments" }
  /** One structure of the kernel, which the context is. */
  | { readonly kind: "kernelStruct" }
  /** One context of a known layout. */
  | { readonly kind: "context"; readonly name: ContextName }
  /** One struct of ours, which userspace hands over. */
  | { readonly kind: "memory" };

export interface HookFunction {
  readonly hook: HookKind;
  readonly form: HandlerForm;
  /** Whether the first argument names where the program runs. */
  readonly target: "required" | "optional" | "none";
  /** What a handler gives back whose text does not say it: a verdict, which may be negative, or a length. */
  readonly gives?: "length";
  /** The first argument is a map that the program walks. */
  readonly walks?: "socketStorage";
}

const words = { kind: "words", first: 0 } as const;
const callArguments = { kind: "callArguments" } as const;
const callResult = { kind: "callResult" } as const;
const kernelStruct = { kind: "kernelStruct" } as const;
const context = <const Name extends ContextName>(name: Name) => ({ kind: "context", name }) as const;

/** Rows by the name of the function in a program's text. */
export const hookFunctions = {
  tpBtf: { hook: "tpBtf", form: words, target: "required" },
  rawTracepoint: { hook: "rawTracepoint", form: words, target: "required" },
  fentry: { hook: "fentry", form: words, target: "required" },
  fexit: { hook: "fexit", form: words, target: "required" },
  modifyReturn: { hook: "modifyReturn", form: words, target: "required" },
  lsm: { hook: "lsm", form: words, target: "required" },
  lsmCgroup: { hook: "lsmCgroup", form: words, target: "required" },
  iterator: { hook: "iterator", form: { kind: "words", first: 1 }, target: "required" },
  socketStorageIterator: {
    hook: "iterator",
    form: { kind: "words", first: 2 },
    target: "none",
    walks: "socketStorage",
  },
  tracepoint: { hook: "tracepoint", form: kernelStruct, target: "required" },
  kprobe: { hook: "kprobe", form: callArguments, target: "required" },
  kretprobe: { hook: "kretprobe", form: callResult, target: "required" },
  kprobeMulti: { hook: "kprobeMulti", form: callArguments, target: "required" },
  kretprobeMulti: { hook: "kretprobeMulti", form: callResult, target: "required" },
  uprobe: { hook: "uprobe", form: callArguments, target: "optional" },
  uretprobe: { hook: "uretprobe", form: callResult, target: "optional" },
  uprobeMulti: { hook: "uprobeMulti", form: callArguments, target: "optional" },
  uretprobeMulti: { hook: "uretprobeMulti", form: callResult, target: "optional" },
  kprobeSession: { hook: "kprobeSession", form: callArguments, target: "required" },
  uprobeSession: { hook: "uprobeSession", form: callArguments, target: "optional" },
  usdt: { hook: "usdt", form: { kind: "probeArguments" }, target: "optional" },
  perfEvent: { hook: "perfEvent", form: kernelStruct, target: "none" },
  syscall: { hook: "syscall", form: { kind: "memory" }, target: "none" },
  socketFilter: { hook: "socketFilter", form: context("SocketBuffer"), target: "none", gives: "length" },
  xdp: { hook: "xdp", form: context("XdpPacket"), target: "none" },
  trafficControl: { hook: "trafficControl", form: context("TrafficPacket"), target: "none" },
  "tcx.ingress": { hook: "tcxIngress", form: context("TrafficPacket"), target: "none" },
  "tcx.egress": { hook: "tcxEgress", form: context("TrafficPacket"), target: "none" },
  netfilter: { hook: "netfilter", form: words, target: "none" },
  "cgroupSkb.ingress": { hook: "cgroupSkbIngress", form: context("SocketBuffer"), target: "none" },
  "cgroupSkb.egress": { hook: "cgroupSkbEgress", form: context("SocketBuffer"), target: "none" },
  "cgroupSocket.create": { hook: "socketCreate", form: context("Socket"), target: "none" },
  "cgroupSocket.release": { hook: "socketRelease", form: context("Socket"), target: "none" },
  "cgroupSocket.postBind4": { hook: "postBind4", form: context("Socket"), target: "none" },
  "cgroupSocket.postBind6": { hook: "postBind6", form: context("Socket"), target: "none" },
  "socketAddress.bind4": { hook: "bind4", form: context("SocketAddress"), target: "none" },
  "socketAddress.bind6": { hook: "bind6", form: context("SocketAddress"), target: "none" },
  "socketAddress.connect4": { hook: "connect4", form: context("SocketAddress"), target: "none" },
  "socketAddress.connect6": { hook: "connect6", form: context("SocketAddress"), target: "none" },
  "socketAddress.connectUnix": { hook: "connectUnix", form: context("SocketAddress"), target: "none" },
  "socketAddress.sendmsg4": { hook: "sendmsg4", form: context("SocketAddress"), target: "none" },
  "socketAddress.sendmsg6": { hook: "sendmsg6", form: context("SocketAddress"), target: "none" },
  "socketAddress.recvmsg4": { hook: "recvmsg4", form: context("SocketAddress"), target: "none" },
  "socketAddress.recvmsg6": { hook: "recvmsg6", form: context("SocketAddress"), target: "none" },
  "socketAddress.getpeername4": { hook: "getpeername4", form: context("SocketAddress"), target: "none" },
  "socketAddress.getpeername6": { hook: "getpeername6", form: context("SocketAddress"), target: "none" },
  "socketAddress.getsockname4": { hook: "getsockname4", form: context("SocketAddress"), target: "none" },
  "socketAddress.getsockname6": { hook: "getsockname6", form: context("SocketAddress"), target: "none" },
  "socketOption.get": { hook: "getSocketOption", form: context("SocketOption"), target: "none" },
  "socketOption.set": { hook: "setSocketOption", form: context("SocketOption"), target: "none" },
  cgroupDevice: { hook: "cgroupDevice", form: context("DeviceAccess"), target: "none" },
  cgroupSysctl: { hook: "cgroupSysctl", form: context("SystemControl"), target: "none" },
  socketOps: { hook: "socketOps", form: context("SocketOperation"), target: "none" },
  socketLookup: { hook: "socketLookup", form: context("SocketLookup"), target: "none" },
  flowDissector: { hook: "flowDissector", form: context("FlowPacket"), target: "none" },
  socketReuseport: { hook: "socketReuseport", form: context("ReuseportChoice"), target: "none" },
  "streams.parser": { hook: "skSkbStreamParser", form: context("TrafficPacket"), target: "none" },
  "streams.streamVerdict": { hook: "skSkbStreamVerdict", form: context("TrafficPacket"), target: "none" },
  "streams.verdict": { hook: "skSkbVerdict", form: context("TrafficPacket"), target: "none" },
  "streams.message": { hook: "skMsgVerdict", form: context("SocketMessage"), target: "none" },
} as const satisfies Record<string, HookFunction>;

export type HookFunctionName = keyof typeof hookFunctions;

/** Numbers that handlers return or compare with, by their names in a program's text. */
export const hookConstants = {
  "xdp.aborted": 0,
  "xdp.drop": 1,
  "xdp.pass": 2,
  "xdp.transmit": 3,
  "xdp.redirect": 4,
  "tcx.next": -1,
  "tcx.pass": 0,
  "tcx.drop": 2,
  "tcx.redirect": 7,
  "trafficControl.pass": 0,
  "trafficControl.drop": 2,
  "trafficControl.redirect": 7,
  "netfilter.drop": 0,
  "netfilter.accept": 1,
  "cgroupSkb.deny": 0,
  "cgroupSkb.allow": 1,
  "cgroupSocket.deny": 0,
  "cgroupSocket.allow": 1,
  "socketAddress.deny": 0,
  "socketAddress.allow": 1,
  "socketOption.deny": 0,
  "socketOption.allow": 1,
  "cgroupDevice.deny": 0,
  "cgroupDevice.allow": 1,
  "cgroupSysctl.deny": 0,
  "cgroupSysctl.allow": 1,
  "socketLookup.drop": 0,
  "socketLookup.pass": 1,
  "flowDissector.found": 0,
  "flowDissector.drop": 2,
  "flowDissector.proceed": 129,
  "socketReuseport.drop": 0,
  "socketReuseport.pass": 1,
  "streams.drop": 0,
  "streams.pass": 1,
  "socketOps.timeoutInit": 1,
  "socketOps.receiveWindowInit": 2,
  "socketOps.connecting": 3,
  "socketOps.connected": 4,
  "socketOps.accepted": 5,
  "socketOps.needsEcn": 6,
  "socketOps.baseRoundTripTime": 7,
  "socketOps.retransmissionTimeout": 8,
  "socketOps.retransmitted": 9,
  "socketOps.stateChanged": 10,
  "socketOps.listening": 11,
  "socketOps.roundTripTime": 12,
  "socketOps.flags.retransmissionTimeout": 1,
  "socketOps.flags.retransmitted": 2,
  "socketOps.flags.stateChanged": 4,
  "socketOps.flags.roundTripTime": 8,
} as const;
