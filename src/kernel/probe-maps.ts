/** Which types of maps the running kernel can make, tried out. */

import { createBtfBuilder } from "../btf/index.ts";
import { type MapSpec, type MapTypeName, mapFlags } from "../spec/index.ts";
import { createMap } from "./create-map.ts";
import { closeDescriptor } from "./libc.ts";
import { loadBtf } from "./load-btf.ts";
import { no, once, type ProbeResult, yes } from "./probe-result.ts";
import { kernelTypes } from "./vmlinux.ts";

/** Shapes that each type of map takes. */
const shapes: Partial<Record<MapTypeName, Partial<MapSpec>>> = {
  lpmTrie: { keySizeBytes: 8, flags: 1 },
  stackTrace: { valueSizeBytes: 8 * 127 },
  queue: { keySizeBytes: 0 },
  stack: { keySizeBytes: 0 },
  bloomFilter: { keySizeBytes: 0 },
  ringBuffer: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 * 16 },
  userRingBuffer: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 * 16 },
  arena: { keySizeBytes: 0, valueSizeBytes: 0, flags: 1 << 10 },
};
const storageTypes: ReadonlySet<MapTypeName> = new Set([
  "socketStorage",
  "taskStorage",
  "inodeStorage",
  "cgroupStorage",
]);

/** Whether maps of that type can be made. */
export function probeMap(type: MapTypeName): ProbeResult {
  return once(`map ${type}`, () => {
    if (type === "structOps") return probeStructures();
    try {
      const plain: MapSpec = {
        name: "probe",
        type,
        keySizeBytes: 4,
        valueSizeBytes: 4,
        maxEntries: 1,
        flags: 0,
        keyTypeId: 0,
        valueTypeId: 0,
      };
      const inner =
        type === "arrayOfMaps" || type === "hashOfMaps" ? { inner: { ...plain, type: "array" as const } } : {};
      if (storageTypes.has(type)) return probeStorage(plain);
      createMap({ ...plain, ...shapes[type], ...inner }, -1).close();
      return yes;
    } catch (error) {
      return no(error);
    }
  });
}

/** Storage asks for types of its key and value. */
function probeStorage(plain: MapSpec): ProbeResult {
  const types = createBtfBuilder();
  const typeId = types.add({ kind: "int", name: "int", sizeBytes: 4, encoding: "signed" });
  const btfFd = loadBtf(types.encode(), "probe");
  try {
    createMap(
      { ...plain, maxEntries: 0, flags: mapFlags.noPreallocation, keyTypeId: typeId, valueTypeId: typeId },
      btfFd,
    ).close();
    return yes;
  } finally {
    closeDescriptor(btfFd);
  }
}

/** Every kernel that has structures of operations has those of congestion control. */
function probeStructures(): ProbeResult {
  return kernelTypes().find("bpf_struct_ops_tcp_congestion_ops", "struct") === undefined
    ? { available: false, reason: "this kernel has no structures of operations" }
    : yes;
}
