/** Kinds of maps: what each takes in its declaration, and what the kernel wants of it. */

import { type MapTypeName, mapFlags } from "../spec/index.ts";

/** What an option of a declaration is. */
export type MapOption =
  /** A type of memory. */
  | "schema"
  /** A number from 1 to 2³² − 1. */
  | "size"
  | "truth"
  /** A map of the module. */
  | "map"
  /** A function that gives programs or maps: `() => [first, second]`. */
  | "contents";

/** An option that may be left out, and what it is then. */
interface OptionalOption {
  readonly option: MapOption;
  readonly initial?: number;
}

export interface MapKind {
  readonly type: MapTypeName;
  readonly options: Readonly<Record<string, MapOption | OptionalOption>>;
}

const keyed = { key: "schema", value: "schema", maxEntries: "size" } as const;
const valued = { value: "schema", maxEntries: "size" } as const;
const counted = { maxEntries: "size" } as const;
const contents = { option: "contents" } as const;

/** By the function that declares it. */
export const mapKinds: Readonly<Record<string, MapKind>> = {
  hash: { type: "hash", options: keyed },
  lruHash: { type: "lruHash", options: keyed },
  perCpuHash: { type: "perCpuHash", options: keyed },
  lruPerCpuHash: { type: "lruPerCpuHash", options: keyed },
  lpmTrie: { type: "lpmTrie", options: keyed },
  arrayMap: { type: "array", options: { ...valued, mmapable: { option: "truth" } } },
  perCpuArray: { type: "perCpuArray", options: valued },
  queue: { type: "queue", options: valued },
  stack: { type: "stack", options: valued },
  bloomFilter: { type: "bloomFilter", options: { ...valued, hashes: { option: "size", initial: 5 } } },
  socketStorage: { type: "socketStorage", options: { value: "schema" } },
  taskStorage: { type: "taskStorage", options: { value: "schema" } },
  cgroupStorage: { type: "cgroupStorage", options: { value: "schema" } },
  inodeStorage: { type: "inodeStorage", options: { value: "schema" } },
  ringBuffer: { type: "ringBuffer", options: { sizeBytes: "size" } },
  perfEvents: { type: "perfEventArray", options: {} },
  programArray: { type: "programArray", options: { ...counted, programs: contents } },
  arrayOfMaps: { type: "arrayOfMaps", options: { inner: "map", ...counted, maps: contents } },
  hashOfMaps: { type: "hashOfMaps", options: { key: "schema", inner: "map", ...counted } },
  stackTraces: { type: "stackTrace", options: { ...counted, depth: { option: "size", initial: 127 } } },
  cgroupArray: { type: "cgroupArray", options: counted },
  deviceMap: { type: "deviceMap", options: counted },
  deviceMapHash: { type: "deviceMapHash", options: counted },
  cpuMap: { type: "cpuMap", options: counted },
  xdpSocketMap: { type: "xdpSocketMap", options: counted },
  socketMap: { type: "socketMap", options: counted },
  socketHash: { type: "socketHash", options: { key: "schema", ...counted } },
  reuseportSockets: { type: "reuseportSocketArray", options: counted },
};

/** What the kernel wants of a type of map, beside the declaration. */
export interface MapForm {
  /** Bytes of a key that no declaration gives; 4, an index, if absent. */
  readonly keyBytes?: number;
  /** Bytes of a value that no declaration gives. */
  readonly valueBytes?: number;
  readonly flags?: number;
  /** The kernel takes no types for its keys and values. */
  readonly untyped?: boolean;
  /** Keys are the signed descriptors of the objects that own the values. */
  readonly owned?: boolean;
}

const descriptors = { valueBytes: 4, untyped: true } as const;
const ordered = { keyBytes: 0, untyped: true } as const;
const storage = { owned: true, flags: mapFlags.noPreallocation } as const;

export const mapForms: Readonly<Partial<Record<MapTypeName, MapForm>>> = {
  lpmTrie: { flags: mapFlags.noPreallocation },
  queue: ordered,
  stack: ordered,
  bloomFilter: ordered,
  socketStorage: storage,
  taskStorage: storage,
  cgroupStorage: storage,
  inodeStorage: storage,
  ringBuffer: { keyBytes: 0, valueBytes: 0, untyped: true },
  perfEventArray: descriptors,
  programArray: descriptors,
  arrayOfMaps: descriptors,
  hashOfMaps: descriptors,
  stackTrace: { untyped: true },
  cgroupArray: descriptors,
  deviceMap: descriptors,
  deviceMapHash: descriptors,
  cpuMap: descriptors,
  xdpSocketMap: descriptors,
  socketMap: descriptors,
  socketHash: descriptors,
  reuseportSocketArray: { valueBytes: 8, untyped: true },
};
