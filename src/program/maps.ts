/** Maps: memory that kernel programs share with one another and with userspace. */

import type { KernelStruct } from "./kernel-types.ts";
import { onlyInKernel } from "./only-in-kernel.ts";
import type { StructType, Type, ValueOf } from "./types.ts";

/** What every declaration of a map says of itself; `load()` and the compiler read it. */
export interface MapDeclaration<Kind extends MapKind = MapKind> {
  readonly kind: "map";
  readonly type: Kind;
}

export type MapKind =
  | "hash"
  | "lruHash"
  | "perCpuHash"
  | "array"
  | "perCpuArray"
  | "socketStorage"
  | "taskStorage"
  | "ringBuffer";

type Key = Type;

/** Key and value types, and how many entries there may be. */
export interface HashOptions<K extends Key, V extends Type> {
  readonly key: K;
  readonly value: V;
  readonly maxEntries: number;
}

/** Entries by key. Values are references into the map: writing to a field writes to the map. */
export interface HashMap<K extends Key, V extends Type> extends MapDeclaration<"hash" | "lruHash" | "perCpuHash"> {
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
}

/** One value for each kernel object, freed with it. */
export interface ObjectStorage<Owner, V extends Type> extends MapDeclaration<"socketStorage" | "taskStorage"> {
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
}

export function hash<const K extends Key, const V extends Type>(options: HashOptions<K, V>): HashMap<K, V> {
  return declare("hash", options);
}

/** A hash that drops its least recently used entries when it is full. */
export function lruHash<const K extends Key, const V extends Type>(options: HashOptions<K, V>): HashMap<K, V> {
  return declare("lruHash", options);
}

/** A hash with a value for each CPU. */
export function perCpuHash<const K extends Key, const V extends Type>(options: HashOptions<K, V>): HashMap<K, V> {
  return declare("perCpuHash", options);
}

export function arrayMap<const V extends Type>(options: ArrayOptions<V>): ArrayMap<V> {
  return declare("array", { mmapable: false, ...options });
}

/** An array with a copy for each CPU: counters, or scratch space larger than the stack. */
export function perCpuArray<const V extends Type>(options: ArrayOptions<V>): ArrayMap<V> {
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

const methods = ["get", "getOrInsert", "getOrCreate", "set", "delete", "has", "output"];

function declare<Declaration>(type: MapKind, options: object): Declaration {
  const refusals = Object.fromEntries(methods.map((name) => [name, () => onlyInKernel(name)]));
  return { ...refusals, kind: "map", type, ...options } as Declaration;
}
