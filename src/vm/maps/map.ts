/** A map of the sandbox, seen from its three sides: programs (by pointers), compiled programs (by its place in memory), users (by bytes). */

import type { MapSpec } from "../../spec/index.ts";
import type { ObjectRange } from "../objects.ts";

/** Results of changing a map, as the kernel's negative error numbers. */
export const mapErrors = {
  ok: 0,
  permission: -1,
  noEntry: -2,
  full: -7,
  badDescriptor: -9,
  again: -11,
  noMemory: -12,
  busy: -16,
  exists: -17,
  invalid: -22,
  noSpace: -28,
  notSupported: -95,
  /** `ENOTSUPP`, which the kernel has for itself and yet gives to users. */
  noSuchOperation: -524,
} as const;

/** Flags of an update (`BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`, `BPF_F_LOCK`). */
export const updateFlags = { any: 0, noExist: 1, exist: 2, lock: 4 } as const;

export interface SandboxMap {
  readonly spec: MapSpec;
  /** The object that a pointer to the map itself stands for: nothing of it can be read or written. */
  readonly index: number;
  /** The low half of a pointer to the map. */
  readonly address: number;

  /** Programs' side: keys and values lie in linear memory; what is given back is a pointer. */
  readonly program: MapInPrograms;
  /** Where a compiled program finds entries without a call; absent where it must call. */
  readonly place?: MapPlace;
  /** Of a ring buffer: how programs fill it and users empty it. */
  readonly ring?: MapRing;
  /** Of an array of perf events: what programs sent, and nobody has taken yet. */
  readonly records?: PerfRecord[];
  /** Of maps that hang values on objects. */
  readonly storage?: MapStorage;
  /** Of stack traces: the id of a stack, or an error number. */
  stackId?(addresses: readonly bigint[], flags: number): number;

  /** Users' side: copies, as `bpf(2)` gives them. For per-CPU maps a value is one for each processor, each padded to 8 bytes. */
  readonly valueBytes: number;
  readonly user: MapInUsers;
  get(key: Uint8Array): Uint8Array | undefined;
  /** 0 or one of `mapErrors`. */
  update(key: Uint8Array, value: Uint8Array, flags: number): number;
  remove(key: Uint8Array): boolean;
  take(key: Uint8Array): Uint8Array | undefined;
  /** Keys, each once, also while entries are deleted. */
  keys(): Generator<Uint8Array>;
  /** The values' memory of an array, as user space maps it (`BPF_F_MMAPABLE`). It is another view after the memory has grown. */
  mapped(): DataView;
  /** Users can change it no more (`BPF_MAP_FREEZE`). */
  freeze(): void;
}

/** What helpers do with a map. Addresses are linear and have been checked. */
export interface MapInPrograms {
  /** The pointer to the value, as its halves: `low` 0 and `high` 0 for none. The result lies in `low` and `high` below, until the next call. */
  lookup(key: number): boolean;
  /** The same for the value of another processor. */
  lookupOn?(key: number, processor: number): boolean;
  low: number;
  high: number;
  update(key: number, value: number, flags: number): number;
  remove(key: number): number;
  /** Of queues, stacks and Bloom filters: results are `mapErrors`. */
  push?(value: number, flags: number): number;
  pop?(value: number): number;
  peek?(value: number): number;
  /** Calls `visit` with each entry; until it gives false. What `visit` deletes is not visited. Returns how many it was called with. */
  each?(visit: (key: number, low: number, high: number) => boolean): number;
}

/** The calls of `bpf(2)` on one entry: 0 or one of `mapErrors`. */
export interface MapInUsers {
  /** Copies the value into `value`. */
  lookup(key: Uint8Array, value: Uint8Array): number;
  update(key: Uint8Array, value: Uint8Array, flags: number): number;
  remove(key: Uint8Array): number;
  /** As `lookup`, and the entry is gone. */
  take(key: Uint8Array, value: Uint8Array): number;
  /** All keys there are now, one behind the other. */
  keys(): Uint8Array;
}

/** A ring buffer (`kernel/bpf/ringbuf.c`): positions only grow, and data lies at a position modulo the size. */
export interface MapRing {
  /** Where the record lies whose bytes a program may fill; `low` and `high` are the pointer to it. False when there is no room. */
  reserve(sizeBytes: number): boolean;
  readonly low: number;
  readonly high: number;
  /** Ends a reservation by the pointer; false for a pointer that is of none. */
  commit(low: number, high: number, discard: boolean): boolean;
  /** Copies `sizeBytes` at a linear address into a record: 0 or an error. */
  output(address: number, sizeBytes: number): number;
  /** `BPF_RB_AVAIL_DATA`, `BPF_RB_RING_SIZE`, `BPF_RB_CONS_POS`, `BPF_RB_PROD_POS`. */
  query(what: number): number;
  /** The same memory as user space maps it; other views after the memory has grown. */
  memory(): { readonly consumer: BigInt64Array; readonly producer: BigInt64Array; readonly data: DataView };
}

/** One call of `bpf_perf_event_output`. */
export interface PerfRecord {
  readonly processor: number;
  readonly bytes: Uint8Array;
}

/** Values that hang on objects, which are known by the pointer to them, or by a number of users'. */
export interface MapStorage {
  /** The value of the object, in `program.low` and `high`; with `create` a new one, zero or a copy of `initial` (0: zero). */
  get(owner: bigint, create: boolean, initial: number): boolean;
  remove(owner: bigint): number;
}

/** Entries of an array: `(i < count)` then the pointer `first + i * step`, where `step` has a handle's 1 in its upper half. */
export interface ArrayPlace {
  readonly kind: "array";
  readonly count: number;
  readonly objects: ObjectRange;
  readonly firstAddress: number;
  readonly strideBytes: number;
}

/** Elements of a hash: see maps/hash-layout.ts. */
export interface HashPlace {
  readonly kind: "hash";
  /** The linear address of the map's header. */
  readonly headerAddress: number;
  readonly leastRecentlyUsed: boolean;
}

export type MapPlace = ArrayPlace | HashPlace;
