/** Where the contexts of hooks say where their packet, message or option lies. All numbers are bytes. */

import type { HookKind } from "../spec/index.ts";

/** Offsets of a context's members. */
export interface PacketContext {
  readonly sizeBytes: number;
  readonly start: number;
  readonly end: number;
  /** Size of these pointers: of four bytes, they are linear addresses. */
  readonly pointerBytes: 4 | 8;
  readonly metadata?: number;
  readonly length?: number;
  /** Whether the bytes begin with the Ethernet header, or with the network header behind it. */
  readonly begins: "link" | "network" | "other";
}

const xdp: PacketContext = { sizeBytes: 24, start: 0, end: 4, metadata: 8, pointerBytes: 4, begins: "link" };
const socketBuffer: PacketContext = {
  sizeBytes: 192,
  start: 76,
  end: 80,
  metadata: 140,
  length: 0,
  pointerBytes: 4,
  begins: "network",
};
const traffic: PacketContext = { ...socketBuffer, begins: "link" };
const message: PacketContext = { sizeBytes: 80, start: 0, end: 8, length: 68, pointerBytes: 8, begins: "other" };

/** Contexts that have bytes, by hook (`include/uapi/linux/bpf.h`). */
export const packetContexts: Partial<Readonly<Record<HookKind, PacketContext>>> = {
  xdp,
  trafficControl: traffic,
  tcxIngress: traffic,
  tcxEgress: traffic,
  flowDissector: traffic,
  socketFilter: socketBuffer,
  cgroupSkbIngress: socketBuffer,
  cgroupSkbEgress: socketBuffer,
  skSkbStreamParser: { ...socketBuffer, begins: "other" },
  skSkbStreamVerdict: { ...socketBuffer, begins: "other" },
  skSkbVerdict: { ...socketBuffer, begins: "other" },
  skMsgVerdict: message,
  socketReuseport: { sizeBytes: 56, start: 0, end: 8, length: 16, pointerBytes: 8, begins: "other" },
  getSocketOption: { sizeBytes: 40, start: 8, end: 16, pointerBytes: 8, begins: "other" },
  setSocketOption: { sizeBytes: 40, start: 8, end: 16, pointerBytes: 8, begins: "other" },
};

/** `__sk_buff`, for helpers that have one in any case. */
export const socketBufferContext = socketBuffer;
export const xdpContext = xdp;

/** How long the context of a hook is at least; 0 where that is not known. */
export const contextBytesOf = (hook: HookKind): number => packetContexts[hook]?.sizeBytes ?? 0;

/** Bytes at the front of a context that programs may write: all that they may is before where the packet's place stands. */
export function writableContextBytesOf(hook: HookKind): number {
  const layout = packetContexts[hook];
  return layout === undefined || layout.begins === "other" ? Number.MAX_SAFE_INTEGER : layout.start;
}

/** Whether programs of a hook may write into the packet itself. */
export const packetIsWritable = (hook: HookKind): boolean =>
  packetContexts[hook]?.begins === "link" && hook !== "flowDissector";
