/** Maps of the sandbox, made as their specs say. */

import { InputError } from "../../errors/error.ts";
import type { MapSpec, MapTypeName } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import { arrayMap } from "./array.ts";
import { bloomFilter } from "./bloom-filter.ts";
import { hashMap } from "./hash.ts";
import { lpmTrie } from "./lpm-trie.ts";
import type { SandboxMap } from "./map.ts";
import { perfEventArray } from "./perf-events.ts";
import { queueMap } from "./queue.ts";
import { mapsInMap, referenceArray, referenceHash } from "./references.ts";
import { openRecords, ringBuffer } from "./ring-buffer.ts";
import { stackTraces } from "./stack-traces.ts";
import { ownersOf, storageMap } from "./storage.ts";
import { finishMap, type MapParts } from "./users.ts";

interface MapType {
  readonly make: (machine: Machine, spec: MapSpec) => MapParts;
  /** Objects that its entries take, beside the map itself. */
  readonly objects: (spec: MapSpec, processors: number) => number;
}

const none = () => 0;
const each = ({ maxEntries }: MapSpec) => maxEntries;
const eachPerCpu = ({ maxEntries }: MapSpec, processors: number) => maxEntries * processors;
const owned = { make: storageMap, objects: ownersOf } as const;
const reference = { make: referenceArray, objects: none } as const;
/** Room for the maps inside, which are made while programs run. */
const eachInside = ({ maxEntries, inner }: MapSpec, processors: number) =>
  inner === undefined ? 0 : Math.min(maxEntries, mostInnerMaps) * objectsOf(inner, processors);
const mostInnerMaps = 256;

/** Every type that has a meaning outside of a kernel. */
export const sandboxMapTypes: Readonly<Partial<Record<MapTypeName, MapType>>> = {
  hash: { make: hashMap, objects: each },
  lruHash: { make: hashMap, objects: each },
  perCpuHash: { make: hashMap, objects: eachPerCpu },
  lruPerCpuHash: { make: hashMap, objects: eachPerCpu },
  array: { make: arrayMap, objects: each },
  perCpuArray: { make: arrayMap, objects: eachPerCpu },
  lpmTrie: { make: lpmTrie, objects: each },
  queue: { make: queueMap, objects: none },
  stack: { make: queueMap, objects: none },
  bloomFilter: { make: bloomFilter, objects: none },
  ringBuffer: { make: ringBuffer, objects: () => openRecords },
  arrayOfMaps: { make: mapsInMap, objects: eachInside },
  hashOfMaps: { make: mapsInMap, objects: (spec, processors) => each(spec) + eachInside(spec, processors) },
  programArray: reference,
  perfEventArray: { make: perfEventArray, objects: none },
  cgroupArray: reference,
  deviceMap: reference,
  cpuMap: reference,
  xdpSocketMap: reference,
  socketMap: reference,
  reuseportSocketArray: reference,
  deviceMapHash: { make: referenceHash, objects: each },
  socketHash: { make: referenceHash, objects: each },
  socketStorage: owned,
  taskStorage: owned,
  cgroupStorage: owned,
  inodeStorage: owned,
  stackTrace: { make: stackTraces, objects: none },
};

/** How many rows of the table of objects a map takes. */
export function objectsOf(spec: MapSpec, processors: number): number {
  return 1 + (sandboxMapTypes[spec.type]?.objects(spec, processors) ?? 0);
}

/** Makes the map that `spec` describes, with the value it begins with. Throws `InputError` for a type that a sandbox does not have, and for wrong sizes. */
export function createSandboxMap(spec: MapSpec, machine: Machine): SandboxMap {
  const type = sandboxMapTypes[spec.type];
  if (type === undefined) {
    throw new InputError(
      "SANDBOX_MAP_TYPE",
      `the map ${spec.name} is of type ${spec.type}, which the sandbox does not have`,
    );
  }
  const problem = problemOf(spec);
  if (problem !== undefined)
    throw new InputError("SANDBOX_MAP_SHAPE", `the map ${spec.name} (${spec.type}) ${problem}`);
  const index = machine.objects.reserve(1).firstIndex;
  const address = machine.allocate(8);
  machine.objects.place(index, address, 0);
  const map = finishMap(machine, spec, { index, address }, type.make(machine, spec));
  machine.mapsByIndex.set(index, map);
  if (spec.initial !== undefined) machine.u8.set(spec.initial, map.mapped().byteOffset);
  if (spec.frozen === true) map.freeze();
  return map;
}

const keyless: ReadonlySet<MapTypeName> = new Set(["queue", "stack", "bloomFilter", "ringBuffer"]);
const unbounded: ReadonlySet<MapTypeName> = new Set([
  "perfEventArray",
  "socketStorage",
  "taskStorage",
  "cgroupStorage",
  "inodeStorage",
]);
const keyedByNumber = /Array$|^array|^(deviceMap|cpuMap|xdpSocketMap|socketMap|stackTrace)$|Storage$/;

/** What the kernel refuses as well (`EINVAL`). */
function problemOf({ type, keySizeBytes, valueSizeBytes, maxEntries }: MapSpec): string | undefined {
  if (keyless.has(type) ? keySizeBytes !== 0 : keySizeBytes === 0) return `cannot have keys of ${keySizeBytes} bytes`;
  if (keyedByNumber.test(type) && keySizeBytes !== 4) return `has keys of 4 bytes, not ${keySizeBytes}`;
  if (type === "lpmTrie" && (keySizeBytes < 5 || keySizeBytes > 260)) return "has keys of 5 to 260 bytes";
  if (type === "ringBuffer") {
    if (valueSizeBytes !== 0) return "has no values";
    const isWhole = maxEntries >= 4096 && (maxEntries & (maxEntries - 1)) === 0;
    return isWhole ? undefined : `has a size that is a power of two and a multiple of 4096, not ${maxEntries}`;
  }
  if (valueSizeBytes === 0) return "needs values";
  return maxEntries > 0 || unbounded.has(type) ? undefined : "needs room for one entry at least";
}
