/** Maps: memory that kernel programs share with one another and with userspace. */

import type { MapTypeName } from "../spec/index.ts";
import type { ReuseportChoice, SocketLookup, SocketMessage, SocketOperation, TrafficPacket } from "./contexts.ts";
import type { KernelStruct } from "./kernel-types.ts";
import { onlyInKernel } from "./only-in-kernel.ts";
import type { StructType, Type, u32, ValueOf } from "./types.ts";

/** What every declaration of a map says of itself; `load()` and the compiler read it. */
export interface MapDeclaration<Kind extends MapTypeName = MapTypeName> {
  readonly kind: "map";
  readonly type: Kind;
}

type Key = Type;

/** Key and value types, and how many entries there may be. */
export interface HashOptions<K extends Key, V extends Type> {
  readonly key: K;
  readonly value: V;
  readonly maxEntries: number;
}

/** Types of maps that find values by key. */
export type HashType = "hash" | "lruHash" | "perCpuHash" | "lruPerCpuHash" | "lpmTrie";

/** Entries by key. Values are references into the map: writing to a field writes to the map. */
export interface HashMap<K extends Key, V extends Type> extends MapDeclaration<HashType> {
  readonly key: K;
  readonly value: V;
  readonly maxEntries: number;
  /** The value, by reference, or `null`. */
  get(key: ValueOf<K>): ReferenceTo<V> | null;
  /**
   * The value, after putting `initial` there if there was none; `null` only when the map is full. `initial` is
   * worked out only if it is needed.
   */
  getOrInsert(key: ValueOf<K>, initial: ValueOf<V>): ReferenceTo<V> | null;
  /** Copies `value` into the map. False when it is full. */
  set(key: ValueOf<K>, value: ValueOf<V>): boolean;
  /**
   * Calls `step` for each entry, as long as it returns true: a function of the module, which gets the key, the value by
   * reference, and what is handed to it. Not for `lpmTrie`.
   */
  forEach<Context extends unknown[]>(
    step: (key: ValueOf<K>, value: ReferenceTo<V>, ...context: Context) => boolean,
    ...context: Context
  ): void;
  /** True if there was such an entry. */
  delete(key: ValueOf<K>): boolean;
  has(key: ValueOf<K>): boolean;
}

/** A value by reference: a struct is one by itself, an integer is in a box. */
export type ReferenceTo<V extends Type> = ValueOf<V> extends number | bigint ? { value: ValueOf<V> } : ValueOf<V>;

/** Value type and count of an array map. */
export interface ArrayOptions<V extends Type> {
  readonly value: V;
  readonly maxEntries: number;
  /** Userspace reads it in place, with no system call. */
  readonly mmapable?: boolean;
}

/** Entries 0 to `maxEntries - 1`, all there from the start. */
export interface ArrayMap<V extends Type> extends MapDeclaration<"array" | "perCpuArray"> {
  readonly value: V;
  readonly maxEntries: number;
  readonly mmapable: boolean;
  /** The entry, by reference, or `null` past the end. */
  get(index: number): ReferenceTo<V> | null;
  /** Calls `step` for each entry, as long as it returns true. */
  forEach<Context extends unknown[]>(
    step: (index: number, value: ReferenceTo<V>, ...context: Context) => boolean,
    ...context: Context
  ): void;
  /** Copies `value` into the entry. False past the end. */
  set(index: number, value: ValueOf<V>): boolean;
}

/** One value for each kernel object, freed with it. */
export interface ObjectStorage<Owner, V extends Type>
  extends MapDeclaration<"socketStorage" | "taskStorage" | "cgroupStorage" | "inodeStorage"> {
  readonly value: V;
  get(owner: Owner): ReferenceTo<V> | null;
  /** The value, made of zeros if there was none; `null` only without memory. */
  getOrCreate(owner: Owner): ReferenceTo<V> | null;
  delete(owner: Owner): boolean;
}

/** Records on their way to userspace. */
export interface RingBuffer extends MapDeclaration<"ringBuffer"> {
  readonly sizeBytes: number;
  /**
   * Sends the first `byteLength` bytes of `record`, or all of it, without waking the reader. False when the
   * buffer is full, or when `byteLength` is more than there is.
   */
  output(record: object, byteLength?: number): boolean;
  /**
   * Room for a record in the buffer itself, not zeroed; `null` when it is full. It must be given to `submit` or `discard`
   * on every way from here.
   */
  reserve<Record extends StructType>(type: Record): ValueOf<Record> | null;
  submit(record: object): void;
  discard(record: object): void;
}

export function hash<const K extends Key, const V extends Type>(options: HashOptions<K, V>): HashMap<K, V> {
  return declare("hash", options);
}

/** A hash that drops its least recently used entries when it is full. */
export function lruHash<const K extends Key, const V extends Type>(options: HashOptions<K, V>): HashMap<K, V> {
  return declare("lruHash", options);
}

/** A hash with a value for each CPU. */
export function perCpuHash<const K extends Key, const V extends Type>(
  options: HashOptions<K, V>,
): HashMap<K, V> & MapDeclaration<"perCpuHash"> {
  return declare("perCpuHash", options);
}

export function arrayMap<const V extends Type>(options: ArrayOptions<V>): ArrayMap<V> {
  return declare("array", { mmapable: false, ...options });
}

/** An array with a copy for each CPU: counters, or scratch space larger than the stack. */
export function perCpuArray<const V extends Type>(
  options: ArrayOptions<V>,
): ArrayMap<V> & MapDeclaration<"perCpuArray"> {
  return declare("perCpuArray", { mmapable: false, ...options });
}

/** A value for each socket. */
export function socketStorage<const V extends StructType>(options: {
  readonly value: V;
}): ObjectStorage<KernelStruct, V> {
  return declare("socketStorage", options);
}

/** A value for each task (thread). */
export function taskStorage<const V extends StructType>(options: {
  readonly value: V;
}): ObjectStorage<KernelStruct, V> {
  return declare("taskStorage", options);
}

/** A ring buffer of `sizeBytes`: a power of two, at least a page. */
export function ringBuffer(options: { readonly sizeBytes: number }): RingBuffer {
  return declare("ringBuffer", options);
}

/** The longest prefix that fits: the key's first field is `u32`, the prefix's length in bits, the rest the bits. */
export function lpmTrie<const K extends StructType, const V extends Type>(options: HashOptions<K, V>): HashMap<K, V> {
  return declare("lpmTrie", options);
}

/** An `lruHash` with a value for each CPU. */
export function lruPerCpuHash<const K extends Key, const V extends Type>(
  options: HashOptions<K, V>,
): HashMap<K, V> & MapDeclaration<"lruPerCpuHash"> {
  return declare("lruPerCpuHash", options);
}

/** A value for each cgroup. */
export function cgroupStorage<const V extends StructType>(options: {
  readonly value: V;
}): ObjectStorage<KernelStruct, V> {
  return declare("cgroupStorage", options);
}

/** A value for each inode. */
export function inodeStorage<const V extends StructType>(options: {
  readonly value: V;
}): ObjectStorage<KernelStruct, V> {
  return declare("inodeStorage", options);
}

/** Values in order. */
export interface Sequence<V extends StructType> extends MapDeclaration<"queue" | "stack"> {
  readonly value: V;
  readonly maxEntries: number;
  /** False when it is full. */
  push(value: ValueOf<V>): boolean;
  /** Takes the next value out, into `into`. False when there is none. */
  pop(into: ValueOf<V>): boolean;
  /** Copies the next value into `into`. False when there is none. */
  peek(into: ValueOf<V>): boolean;
}

/** First in, first out. */
export function queue<const V extends StructType>(options: ArrayOptions<V>): Sequence<V> {
  return declare("queue", options);
}

/** Last in, first out. */
export function stack<const V extends StructType>(options: ArrayOptions<V>): Sequence<V> {
  return declare("stack", options);
}

/** A set that may take a value for a member that never was one. */
export interface BloomFilter<V extends StructType> extends MapDeclaration<"bloomFilter"> {
  readonly value: V;
  readonly maxEntries: number;
  readonly hashes: number;
  add(value: ValueOf<V>): boolean;
  has(value: ValueOf<V>): boolean;
}

/** `hashes` is how many bits a value sets: more of them are slower and err less. */
export function bloomFilter<const V extends StructType>(
  options: ArrayOptions<V> & { readonly hashes?: number },
): BloomFilter<V> {
  return declare("bloomFilter", { hashes: 5, ...options });
}

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

/** Call stacks, each once, by number. */
export interface StackTraces extends MapDeclaration<"stackTrace"> {
  readonly maxEntries: number;
  readonly depth: number;
  /** The number of the kernel's call stack here; negative if it could not be taken. */
  kernel(): bigint;
  /** The number of the user's call stack here. */
  user(): bigint;
}

/** `depth` is the most frames of a stack. */
export function stackTraces(options: { readonly maxEntries: number; readonly depth?: number }): StackTraces {
  return declare("stackTrace", { depth: 127, ...options });
}

/** A buffer for each CPU, as kernels before ring buffers have it. */
export interface PerfEvents extends MapDeclaration<"perfEventArray"> {
  /** Sends a record to the buffer of this CPU. */
  output(record: object): boolean;
}

export function perfEvents(): PerfEvents {
  return declare("perfEventArray", {});
}

/** Cgroups by index. */
export interface CgroupArray extends MapDeclaration<"cgroupArray"> {
  readonly maxEntries: number;
  /** Whether the running task is in cgroup `index` or below it. */
  hasCurrentTask(index: number): boolean;
}

export function cgroupArray(options: { readonly maxEntries: number }): CgroupArray {
  return declare("cgroupArray", options);
}

/** Where frames can be sent on to: interfaces, CPUs, or sockets of user space. */
export interface RedirectMap extends MapDeclaration<"deviceMap" | "deviceMapHash" | "cpuMap" | "xdpSocketMap"> {
  readonly maxEntries: number;
  /** The verdict that sends the frame to entry `key`, or `otherwise` where there is none. */
  redirect(key: number, otherwise: number): number;
}

export function deviceMap(options: { readonly maxEntries: number }): RedirectMap {
  return declare("deviceMap", options);
}

/** Interfaces by a sparse key. */
export function deviceMapHash(options: { readonly maxEntries: number }): RedirectMap {
  return declare("deviceMapHash", options);
}

export function cpuMap(options: { readonly maxEntries: number }): RedirectMap {
  return declare("cpuMap", options);
}

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

export function socketMap(options: { readonly maxEntries: number }): SocketMap<typeof u32> {
  return declare("socketMap", options);
}

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

export function reuseportSockets(options: { readonly maxEntries: number }): ReuseportSockets {
  return declare("reuseportSocketArray", options);
}

/** What maps do in a kernel program only. Names of data are not among them. */
const methods = [
  ...["get", "getOrInsert", "getOrCreate", "set", "delete", "has", "output", "reserve", "submit", "discard"],
  ...["push", "pop", "peek", "add", "tailCall", "kernel", "user", "hasCurrentTask", "redirect", "redirectMessage"],
  ...["assign", "select", "forEach"],
];

function declare<Declaration>(type: MapTypeName, options: object): Declaration {
  const refusals = Object.fromEntries(methods.map((name) => [name, () => onlyInKernel(name)]));
  return { ...refusals, kind: "map", type, ...options } as Declaration;
}
