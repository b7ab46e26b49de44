/** Maps of a loaded collection, with the shapes that its BTF gives them: one function a type of map. */

import type { Btf } from "../btf/index.ts";
import { i32, u32 } from "../bytes/index.ts";
import {
  bloomFilter,
  type KernelMap,
  perCpuMap,
  queueMap,
  referenceMap,
  stackTraceMap,
  storageMap,
  typedMap,
} from "../kernel/index.ts";
import type { MapTypeName } from "../spec/index.ts";
import { type AnyLayout, byteString, layoutOf } from "./btf-layout.ts";
import { liveRing } from "./live-ring.ts";

/** What a map's entries look like. */
interface Shape {
  readonly key: AnyLayout;
  readonly value: AnyLayout;
  readonly btf: Btf;
}

type Opener = (map: KernelMap, shape: Shape) => object;

const typed: Opener = (map, { key, value }) => typedMap(map, key, value);
const perCpu: Opener = (map, { key, value }) => perCpuMap(map, key, value);
const storage: Opener = (map, { value }) => storageMap(map, value);
const references: Opener = (map, { key }) => referenceMap(map, key);
const sequence: Opener = (map, { value }) => queueMap(map, value);

const openers: Partial<Readonly<Record<MapTypeName, Opener>>> = {
  hash: typed,
  lruHash: typed,
  array: typed,
  lpmTrie: typed,
  perCpuHash: perCpu,
  perCpuArray: perCpu,
  lruPerCpuHash: perCpu,
  socketStorage: storage,
  taskStorage: storage,
  cgroupStorage: storage,
  inodeStorage: storage,
  queue: sequence,
  stack: sequence,
  bloomFilter: (map, { value }) => bloomFilter(map, value),
  stackTrace: stackTraceMap,
  ringBuffer: (map, { btf }) => liveRing(map, btf),
  programArray: references,
  arrayOfMaps: references,
  hashOfMaps: references,
  cgroupArray: references,
  perfEventArray: references,
  deviceMap: references,
  deviceMapHash: references,
  cpuMap: references,
  xdpSocketMap: references,
  socketMap: references,
  socketHash: references,
  reuseportSocketArray: references,
};

/** Gives a map its shape, under `kernel` the map itself. */
export function liveMap(map: KernelMap, btf: Btf): object {
  const { type, keyTypeId, keySizeBytes, valueSizeBytes } = map.spec;
  // A ring buffer has records of several types, each other map values of one.
  const valueTypeId = map.spec.valueTypeId || (type === "ringBuffer" ? 0 : (map.spec.recordTypeIds?.[0] ?? 0));
  const open = openers[type];
  if (open === undefined) return { kernel: map };
  // Iterators and loaders of other languages leave types out: then keys of four bytes are numbers, all else is bytes.
  const plainKey = keySizeBytes === 4 ? (type.endsWith("Storage") ? i32 : u32) : byteString(keySizeBytes);
  const key = keyTypeId === 0 ? (plainKey as AnyLayout) : layoutOf(btf, keyTypeId);
  const value = valueTypeId === 0 ? byteString(valueSizeBytes) : layoutOf(btf, valueTypeId);
  return Object.assign(open(map, { key, value, btf }), { kernel: map });
}
