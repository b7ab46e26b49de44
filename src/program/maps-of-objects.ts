/** Maps of what is no plain value: programs, maps, cgroups, interfaces, sockets. */

import type { ReuseportChoice, SocketLookup, SocketMessage, SocketOperation, TrafficPacket } from "./contexts.ts";
import { declare, type Key, type MapDeclaration } from "./map-declaration.ts";
import type { u32, ValueOf } from "./types.ts";

/** Programs that a program can go on as. */
export interface ProgramArray extends MapDeclaration<"programArray"> {
  readonly maxEntries: number;
  /** Goes on as program `index`, and does not come back; goes on here where there is none. */
  tailCall(index: number): void;
}

/** `programs` are there from the start: `programArray({ maxEntries: 2, programs: () => [parseIpv4, parseIpv6] })`. */
export function programArray(options: {
  readonly maxEntries: number;
  readonly programs?: () => readonly MapContent[];
}): ProgramArray {
  return declare("programArray", options);
}

/** A program or map inside a map. */
interface MapContent {
  readonly kind: "program" | "map";
}

/** Maps inside a map. All are of the type of `inner`. */
export interface MapOfMaps<K extends Key, Inner> extends MapDeclaration<"arrayOfMaps" | "hashOfMaps"> {
  readonly key: K;
  readonly inner: Inner;
  readonly maxEntries: number;
  get(key: ValueOf<K>): Inner | null;
}

/** `maps` are there from the start: `arrayOfMaps({ inner: first, maxEntries: 2, maps: () => [first, second] })`. */
export function arrayOfMaps<Inner extends MapDeclaration>(options: {
  readonly inner: Inner;
  readonly maxEntries: number;
  readonly maps?: () => readonly MapContent[];
}): MapOfMaps<typeof u32, Inner> {
  return declare("arrayOfMaps", options);
}

/** Maps by a key. */
export function hashOfMaps<const K extends Key, Inner extends MapDeclaration>(options: {
  readonly key: K;
  readonly inner: Inner;
  readonly maxEntries: number;
}): MapOfMaps<K, Inner> {
  return declare("hashOfMaps", options);
}

/** Cgroups by index. */
export interface CgroupArray extends MapDeclaration<"cgroupArray"> {
  readonly maxEntries: number;
  /** Whether the running task is in cgroup `index` or below it. */
  hasCurrentTask(index: number): boolean;
}

/** Cgroups that userspace puts in, by index. */
export function cgroupArray(options: { readonly maxEntries: number }): CgroupArray {
  return declare("cgroupArray", options);
}

/** Where frames can be sent on to: interfaces, CPUs, or sockets of user space. */
export interface RedirectMap extends MapDeclaration<"deviceMap" | "deviceMapHash" | "cpuMap" | "xdpSocketMap"> {
  readonly maxEntries: number;
  /** The verdict that sends the frame to entry `key`, or `otherwise` where there is none. */
  redirect(key: number, otherwise: number): number;
}

/** Interfaces by index. */
export function deviceMap(options: { readonly maxEntries: number }): RedirectMap {
  return declare("deviceMap", options);
}

/** Interfaces by a sparse key. */
export function deviceMapHash(options: { readonly maxEntries: number }): RedirectMap {
  return declare("deviceMapHash", options);
}

/** CPUs, which go on with the frames that are sent to them. */
export function cpuMap(options: { readonly maxEntries: number }): RedirectMap {
  return declare("cpuMap", options);
}

/** `AF_XDP` sockets, by the index of the queue. */
export function xdpSocketMap(options: { readonly maxEntries: number }): RedirectMap {
  return declare("xdpSocketMap", options);
}

/** Sockets by index or key. */
export interface SocketMap<K extends Key> extends MapDeclaration<"socketMap" | "socketHash"> {
  readonly key: K;
  readonly maxEntries: number;
  /** Puts the connection of a `socketOps` program in. */
  add(operation: SocketOperation, key: ValueOf<K>): boolean;
  /** The verdict that sends bytes of a stream out by socket `key`. */
  redirect(packet: TrafficPacket, key: ValueOf<K>): number;
  /** The verdict that sends a message out by socket `key`. */
  redirectMessage(message: SocketMessage, key: ValueOf<K>): number;
  /** Gives the packet that is being looked up to socket `key`. False if there is none. */
  assign(lookup: SocketLookup, key: ValueOf<K>): boolean;
}

/** Sockets by index. */
export function socketMap(options: { readonly maxEntries: number }): SocketMap<typeof u32> {
  return declare("socketMap", options);
}

/** Sockets by a key. */
export function socketHash<const K extends Key>(options: {
  readonly key: K;
  readonly maxEntries: number;
}): SocketMap<K> {
  return declare("socketHash", options);
}

/** Sockets that share a port. */
export interface ReuseportSockets extends MapDeclaration<"reuseportSocketArray"> {
  readonly maxEntries: number;
  /** Chooses socket `index`. False if there is none. */
  select(choice: ReuseportChoice, index: number): boolean;
}

/** Sockets of one group of `SO_REUSEPORT`. */
export function reuseportSockets(options: { readonly maxEntries: number }): ReuseportSockets {
  return declare("reuseportSocketArray", options);
}
