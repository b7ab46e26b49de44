/** For tests: a map of every type, made and used once from this side. */

import { closeSync, mkdirSync, openSync, rmdirSync } from "node:fs";
import { createBtfBuilder } from "../btf/index.ts";
import { u32, u64 } from "../bytes/index.ts";
import { TarsierError } from "../errors/error.ts";
import { bloomFilter, queueMap, referenceMap, typedMap } from "../maps/index.ts";
import { type MapSpec, type MapTypeName, mapFlags, mapTypes } from "../spec/index.ts";
import { createMapWith } from "./create-map.ts";
import { cgroupRoot } from "./every-hook.testing.ts";
import { closeDescriptor, systemCall } from "./libc.ts";
import { loadBtf } from "./load-btf.ts";
import type { KernelMap } from "./map.ts";
import { readRingBuffer } from "./ring-buffer.ts";
import { storageMap } from "./special-maps.ts";

/** What became of a map: used, or why not. */
export type MapOutcome = { readonly state: "used" | "made" } | { readonly state: "refused"; readonly reason: string };

const types = createBtfBuilder();
const wordType = types.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
const longType = types.add({ kind: "int", name: "u64", sizeBytes: 8, encoding: "unsigned" });

const plain = {
  name: "tarsier_tried",
  keySizeBytes: 4,
  valueSizeBytes: 8,
  maxEntries: 16,
  flags: 0,
  keyTypeId: 0,
  valueTypeId: 0,
} as const;
const inner: MapSpec = { ...plain, type: "array", maxEntries: 1 };
const storage = { maxEntries: 0, flags: mapFlags.noPreallocation, keyTypeId: wordType, valueTypeId: longType } as const;
const none = { keySizeBytes: 0, valueSizeBytes: 0 } as const;

/** What is not as `plain` has it. */
const shapes: Partial<Record<MapTypeName, Partial<MapSpec>>> = {
  programArray: { valueSizeBytes: 4 },
  perfEventArray: { valueSizeBytes: 4 },
  cgroupArray: { valueSizeBytes: 4 },
  stackTrace: { valueSizeBytes: 8 * 127 },
  lpmTrie: { keySizeBytes: 8, flags: mapFlags.noPreallocation },
  arrayOfMaps: { valueSizeBytes: 4, inner },
  hashOfMaps: { valueSizeBytes: 4, inner },
  deviceMap: { valueSizeBytes: 4 },
  deviceMapHash: { valueSizeBytes: 4 },
  cpuMap: { valueSizeBytes: 4, maxEntries: 2 },
  xdpSocketMap: { valueSizeBytes: 4 },
  queue: { keySizeBytes: 0 },
  stack: { keySizeBytes: 0 },
  bloomFilter: { keySizeBytes: 0 },
  socketStorage: storage,
  taskStorage: storage,
  inodeStorage: storage,
  cgroupStorage: storage,
  ringBuffer: { ...none, maxEntries: 65_536 },
  userRingBuffer: { ...none, maxEntries: 65_536 },
  arena: { ...none, flags: mapFlags.mmapable },
};

/** Uses a map as its type is used. */
const uses: Partial<Record<MapTypeName, (map: KernelMap) => boolean>> = {
  lpmTrie: (map) => {
    const routes = typedMap(map, u64, u64);
    routes.set(32n, 5n);
    return routes.get(32n) === 5n;
  },
  queue: (map) => queueMap(map, u64).push(7n) && queueMap(map, u64).pop() === 7n,
  stack: (map) => queueMap(map, u64).push(7n) && queueMap(map, u64).pop() === 7n,
  bloomFilter: (map) => {
    bloomFilter(map, u64).add(1n);
    return bloomFilter(map, u64).mayHave(1n);
  },
  deviceMap: (map) => referenceMap(map).set(0, 1),
  deviceMapHash: (map) => referenceMap(map).set(7, 1),
  cpuMap: (map) => referenceMap(map).set(0, 64),
  arrayOfMaps: holdsMap,
  hashOfMaps: holdsMap,
  cgroupArray: (map) => inCgroup((fd) => referenceMap(map).set(0, fd)),
  cgroupStorage: (map) => inCgroup((fd) => storageMap(map, u64).set(fd, 9n) && storageMap(map, u64).get(fd) === 9n),
  taskStorage(map) {
    const fd = systemCall(434, process.pid);
    storageMap(map, u64).set(fd, 9n);
    closeDescriptor(fd);
    return storageMap(map, u64).ofProcess(process.pid) === 9n;
  },
  inodeStorage(map) {
    const fd = openSync("/proc/self/exe", "r");
    const kept = storageMap(map, u64).set(fd, 9n) && storageMap(map, u64).get(fd) === 9n;
    closeSync(fd);
    return kept;
  },
  socketStorage: (map) => withSocket((fd) => storageMap(map, u64).set(fd, 9n) && storageMap(map, u64).get(fd) === 9n),
  ringBuffer(map) {
    const ring = readRingBuffer(map);
    ring.close();
    return true;
  },
};

for (const type of ["hash", "array", "lruHash"] as const) uses[type] = holdsNumber;

function holdsNumber(map: KernelMap): boolean {
  const table = typedMap(map, u32, u64);
  table.set(3, 1n << 40n);
  return table.get(3) === 1n << 40n && table.count() > 0;
}

for (const type of ["perCpuHash", "perCpuArray", "lruPerCpuHash"] as const) {
  uses[type] = (map) => {
    map.set(u32.encode(3), new Uint8Array(map.valueBytes).fill(1));
    return map.get(u32.encode(3))?.every((byte) => byte === 1) === true && [...map.walk()].length > 0;
  };
}

function holdsMap(map: KernelMap): boolean {
  const one = createMapWith(inner, { btfFd: -1 });
  referenceMap(map).set(1, one);
  one.close();
  return referenceMap(map).idOf(1) !== undefined;
}

function inCgroup(use: (fd: number) => boolean): boolean {
  const path = `${cgroupRoot()}/tarsier-map-${process.pid}`;
  mkdirSync(path);
  const fd = openSync(path, "r");
  try {
    return use(fd);
  } finally {
    closeSync(fd);
    rmdirSync(path);
  }
}

function withSocket(use: (fd: number) => boolean): boolean {
  const fd = systemCall(process.arch === "x64" ? 41 : 198, 2, 2);
  try {
    return use(fd);
  } finally {
    closeDescriptor(fd);
  }
}

/** Makes and uses a map of every type but structures of operations. */
export function tryEveryMap(): ReadonlyMap<MapTypeName, MapOutcome> {
  const outcomes = new Map<MapTypeName, MapOutcome>();
  const btfFd = loadBtf(types.encode(), "tarsier_tried");
  try {
    for (const type of Object.keys(mapTypes) as MapTypeName[]) {
      if (type === "structOps") continue;
      try {
        const map = createMapWith({ ...plain, type, ...shapes[type] }, { btfFd });
        try {
          const use = uses[type];
          if (use !== undefined && !use(map)) throw new TypeError(`the map of type ${type} gave back something else`);
          outcomes.set(type, { state: use === undefined ? "made" : "used" });
        } finally {
          map.close();
        }
      } catch (error) {
        if (!(error instanceof TarsierError)) throw error;
        outcomes.set(type, { state: "refused", reason: error.message });
      }
    }
    return outcomes;
  } finally {
    closeDescriptor(btfFd);
  }
}
