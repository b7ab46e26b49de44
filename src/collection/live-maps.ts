/** Maps of a loaded collection, with the shapes that its BTF gives them: one function a type of map. */

import type { Btf } from "../btf/index.ts";
import { i32, u32 } from "../bytes/index.ts";
import {
  bloomFilter,
  type MapBytes,
  perCpuMap,
  queueMap,
  referenceMap,
  stackTraceMap,
  typedMap,
} from "../maps/index.ts";
import type { MapTypeName } from "../spec/index.ts";
import { type AnyLayout, byteString, layoutOf } from "./btf-layout.ts";
import { liveRing } from "./live-ring.ts";

/** What a map's entries look like. */
interface Shape {
  readonly key: AnyLayout;
  readonly value: AnyLayout;
  readonly btf: Btf;
}

type Opener = (map: MapBytes, shape: Shape) => object;

const typed: Opener = (map, { key, value }) => typedMap(map, key, value);
const perCpu: Opener = (map, { key, value }) => perCpuMap(map, key, value);
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

/** A map's entries as its program knows them. Storage, whose keys only the runtime knows, is opened by `openStorage`. */
export function liveMap(map: MapBytes, btf: Btf, openStorage: (map: MapBytes, value: AnyLayout) => object): object {
  const { type, keyTypeId, keySizeBytes, valueSizeBytes } = map.spec;
  // A ring buffer has records of several types, each other map values of one.
  const valueTypeId = map.spec.valueTypeId || (type === "ringBuffer" ? 0 : (map.spec.recordTypeIds?.[0] ?? 0));
  // Iterators and loaders of other languages leave types out: then keys of four bytes are numbers, all else is bytes.
  const plainKey = keySizeBytes === 4 ? (type.endsWith("Storage") ? i32 : u32) : byteString(keySizeBytes);
  const key = keyTypeId === 0 ? (plainKey as AnyLayout) : layoutOf(btf, keyTypeId);
  const value = valueTypeId === 0 ? byteString(valueSizeBytes) : layoutOf(btf, valueTypeId);
  if (type.endsWith("Storage")) return openStorage(map, value);
  return openers[type]?.(map, { key, value, btf }) ?? {};
}
