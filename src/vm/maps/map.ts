/** A map of the sandbox, seen from its three sides: programs (by pointers), compiled programs (by its place in memory), users (by bytes). */

import type { MapSpec } from "../../spec/index.ts";
import type { ObjectRange } from "../objects.ts";

/** Results of changing a map, as the kernel's negative error numbers. */
export const mapErrors = { ok: 0, noEntry: -2, exists: -17, invalid: -22, full: -7, noMemory: -12, busy: -16 } as const;

/** Flags of an update (`BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`). */
export const updateFlags = { any: 0, noExist: 1, exist: 2 } as const;

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

  /** Users' side: copies, as `bpf(2)` gives them. For per-CPU maps a value is one for each processor, each padded to 8 bytes. */
  readonly valueBytes: number;
  get(key: Uint8Array): Uint8Array | undefined;
  /** 0 or one of `mapErrors`. */
  update(key: Uint8Array, value: Uint8Array, flags: number): number;
  remove(key: Uint8Array): boolean;
  take(key: Uint8Array): Uint8Array | undefined;
  /** Keys, each once, also while entries are deleted. */
  keys(): Generator<Uint8Array>;
  /** The values' memory of an array, as user space maps it (`BPF_F_MMAPABLE`). It is another view after the memory has grown. */
  mapped(): DataView;
}

/** What helpers do with a map. Addresses are linear and have been checked. */
export interface MapInPrograms {
  /** The pointer to the value, as its halves: `low` 0 and `high` 0 for none. The result lies in `low` and `high` below, until the next call. */
  lookup(key: number): boolean;
  low: number;
  high: number;
  update(key: number, value: number, flags: number): number;
  remove(key: number): number;
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
