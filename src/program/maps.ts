/** Maps of values: memory that kernel programs share with one another and with userspace. */

import type { KernelStruct } from "./kernel-types.ts";
import { declare, type Key, type MapDeclaration } from "./map-declaration.ts";
import type { StructType, Type, ValueOf } from "./types.ts";

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

/** A map of entries by key. */
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

/** A map of entries by index. */
export function arrayMap<const V extends Type>(options: ArrayOptions<V>): ArrayMap<V> {
  return declare("array", { mmapable: false, ...options });
}

/** An array with a copy for each CPU: counters, or scratch space larger than the stack. */
export function perCpuArray<const V extends Type>(
  options: ArrayOptions<V>,
): ArrayMap<V> & MapDeclaration<"perCpuArray"> {
  return declare("perCpuArray", { mmapable: false, ...options });
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

/** One value for each kernel object, freed with it. */
export interface ObjectStorage<Owner, V extends Type>
  extends MapDeclaration<"socketStorage" | "taskStorage" | "cgroupStorage" | "inodeStorage"> {
  readonly value: V;
  get(owner: Owner): ReferenceTo<V> | null;
  /** The value, made of zeros if there was none; `null` only without memory. */
  getOrCreate(owner: Owner): ReferenceTo<V> | null;
  delete(owner: Owner): boolean;
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
  /** False when it cannot be put in. */
  add(value: ValueOf<V>): boolean;
  /** True for every member, and now and then for another value. */
  has(value: ValueOf<V>): boolean;
}

/** `hashes` is how many bits a value sets: more of them are slower and err less. */
export function bloomFilter<const V extends StructType>(
  options: ArrayOptions<V> & { readonly hashes?: number },
): BloomFilter<V> {
  return declare("bloomFilter", { hashes: 5, ...options });
}
