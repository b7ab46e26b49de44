/** Maps made as their specs say, or taken from where they are pinned. */

import { join } from "node:path";
import { BugError, KernelError } from "../errors/error.ts";
import { type MapSpec, type MapTypeName, mapTypes } from "../spec/index.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpf, objectNameBytes, tryBpf } from "./bpf.ts";
import { closeDescriptor } from "./libc.ts";
import { type KernelMap, openMap } from "./map.ts";
import { mapInfo } from "./map-info.ts";
import { openPin } from "./pin.ts";
import { possibleProcessorCount } from "./processors.ts";
import { requirementOf } from "./requirements.ts";

/** Types that take BTF for their keys and values: the others refuse it (`map_check_no_btf`). */
const typedByBtf: ReadonlySet<MapTypeName> = new Set([
  "hash",
  "array",
  "perCpuHash",
  "perCpuArray",
  "lruHash",
  "lruPerCpuHash",
  "lpmTrie",
  "socketStorage",
  "inodeStorage",
  "taskStorage",
  "cgroupStorage",
]);

/** What a map needs from outside its spec. */
export interface CreateOptions {
  /** BTF of the collection; -1: keys and values have no types. */
  readonly btfFd: number;
  /** The type of the kernel that the value of a structure of operations has. */
  readonly kernelValueTypeId?: number;
  /** Where maps with `pinned` are shared. */
  readonly pinDirectory?: string;
}

/** Makes the map that `spec` describes, with the value it begins with. `btfFd` types its keys and values; -1: untyped. */
export function createMap(spec: MapSpec, btfFd: number): KernelMap {
  return createMapWith(spec, { btfFd });
}

/** As `createMap`; a pinned map that is there already is used as it is, if it is of the same shape. */
export function createMapWith(spec: MapSpec, options: CreateOptions): KernelMap {
  const path = spec.pinned === true && options.pinDirectory ? join(options.pinDirectory, spec.name) : undefined;
  const shared = path === undefined ? undefined : openPin(path, `the map ${spec.name}`);
  if (shared !== undefined) return openShared(spec, shared, path!);
  const map = openMap(spec, createFd(spec, options));
  try {
    if (spec.type !== "structOps") fill(map);
    if (path !== undefined) map.pin(path);
  } catch (error) {
    map.close();
    throw error;
  }
  return map;
}

function createFd(spec: MapSpec, { btfFd, kernelValueTypeId }: CreateOptions): number {
  const typed = btfFd >= 0 && spec.keyTypeId !== 0 && typedByBtf.has(spec.type);
  const inner = spec.inner === undefined ? undefined : createFd(spec.inner, { btfFd });
  const maxEntries =
    spec.maxEntries === 0 && spec.type === "perfEventArray" ? possibleProcessorCount() : spec.maxEntries;
  try {
    const result = tryBpf(
      "mapCreate",
      attribute(attributes.mapCreate, {
        mapType: mapTypes[spec.type],
        keySize: spec.keySizeBytes,
        valueSize: spec.valueSizeBytes,
        maxEntries,
        mapFlags: spec.flags,
        mapName: objectNameBytes(spec.name),
        ...(inner !== undefined && { innerMapFd: inner }),
        ...(spec.extra !== undefined && { mapExtra: BigInt(spec.extra) }),
        ...(typed && { btfFd, btfKeyTypeId: spec.keyTypeId, btfValueTypeId: spec.valueTypeId }),
        ...(kernelValueTypeId !== undefined && { btfVmlinuxValueTypeId: kernelValueTypeId }),
      }),
    );
    if (result >= 0) return result;
    throw creationError(spec, -result);
  } finally {
    if (inner !== undefined) closeDescriptor(inner);
  }
}

function creationError(spec: MapSpec, errno: number): Error {
  const what = `the map ${spec.name} (${spec.type}, ${spec.maxEntries} entries)`;
  return requirementOf.map(spec.type, errno, `create ${what}`);
}

/** Writes what a map holds from the start, and closes it to writers. */
function fill(map: KernelMap): void {
  const { spec } = map;
  if (spec.initial !== undefined) {
    if (spec.initial.byteLength !== spec.valueSizeBytes) {
      throw new BugError(
        "MAP_INITIAL",
        `the map ${spec.name} has values of ${spec.valueSizeBytes} bytes, but ${spec.initial.byteLength} to begin with`,
      );
    }
    map.set(new Uint8Array(spec.keySizeBytes), spec.initial);
  }
  if (spec.frozen === true) freezeMap(map);
}

/** User space can no longer write: the verifier takes what is in the map for constant. */
export function freezeMap(map: KernelMap): void {
  bpf("mapFreeze", attributes.mapElement, { mapFd: map.fd }, `freeze the map ${map.spec.name}`);
}

function openShared(spec: MapSpec, fd: number, path: string): KernelMap {
  const { type, keySizeBytes, valueSizeBytes, maxEntries, flags } = mapInfo(fd);
  const found = { type, keySizeBytes, valueSizeBytes, maxEntries, flags };
  const differing = (Object.keys(found) as (keyof typeof found)[]).filter((name) => found[name] !== spec[name]);
  if (differing.length === 0) return openMap(spec, fd);
  closeDescriptor(fd);
  const differences = differing.map((name) => `${name} ${found[name]} instead of ${spec[name]}`).join(", ");
  throw new KernelError(
    "MAP_PIN_MISMATCH",
    `the map pinned at ${path} is another one (${differences}): unpin it, or use another pin directory`,
  );
}
