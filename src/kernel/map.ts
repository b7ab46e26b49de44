/** Live maps: create, read, write, walk. Keys and values are bytes here; schemas give them shape (typed-map.ts). */

import { KernelError } from "../errors/error.ts";
import { type MapSpec, mapTypes } from "../spec/index.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpf, bpfError, objectNameBytes, tryBpf } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";
import { addressOf, closingOnce, mapping, mmap, munmap, viewOf } from "./libc.ts";
import { possibleProcessorCount } from "./processors.ts";

/** A map in the kernel. It lives until `close` and the last program that uses it. */
export interface KernelMap {
  readonly fd: number;
  readonly spec: MapSpec;
  /** Bytes of one value as user space sees it: for per-CPU maps one value, padded to 8 bytes, for each possible CPU. */
  readonly valueBytes: number;
  /** A copy of the value, or `undefined`. Throws `KernelError`. */
  get(key: Uint8Array): Uint8Array | undefined;
  set(key: Uint8Array, value: Uint8Array): void;
  /** True when the key was there. */
  delete(key: Uint8Array): boolean;
  /** Every key once; keys deleted meanwhile may be skipped or, as the kernel does it, begin the walk anew. */
  keys(): Generator<Uint8Array>;
  /** The value memory of an mmapable array, shared with the kernel, without system calls. */
  mapped(): DataView;
  close(): void;
}

/** Makes the map that `spec` describes. `btfFd` types its keys and values; -1: untyped. */
export function createMap(spec: MapSpec, btfFd: number): KernelMap {
  const typed = btfFd >= 0 && spec.keyTypeId !== 0;
  const fd = bpf(
    "mapCreate",
    attributes.mapCreate,
    {
      mapType: mapTypes[spec.type],
      keySize: spec.keySizeBytes,
      valueSize: spec.valueSizeBytes,
      maxEntries: spec.maxEntries,
      mapFlags: spec.flags,
      mapName: objectNameBytes(spec.name),
      ...(typed ? { btfFd, btfKeyTypeId: spec.keyTypeId, btfValueTypeId: spec.valueTypeId } : {}),
    },
    `create the map ${spec.name} (${spec.type}, ${spec.maxEntries} entries)`,
  );
  return openMap(spec, fd);
}

function openMap(spec: MapSpec, fd: number): KernelMap {
  const perCpu = spec.type === "perCpuHash" || spec.type === "perCpuArray";
  const valueBytes = perCpu ? align8(spec.valueSizeBytes) * possibleProcessorCount() : spec.valueSizeBytes;
  const closeFd = closingOnce(fd);
  let memory: { address: bigint; lengthBytes: number; view: DataView } | undefined;

  const element = (key: Uint8Array, value: Uint8Array) =>
    attribute(attributes.mapElement, { mapFd: fd, key: addressOf(key), value: addressOf(value) });

  return {
    fd,
    spec,
    valueBytes,
    get(key) {
      const value = new Uint8Array(valueBytes);
      const result = tryBpf("mapLookup", element(key, value), key, value);
      if (result === -errnoNumber("ENOENT")) return undefined;
      if (result < 0) throw bpfError(-result, `read the map ${spec.name}`);
      return value;
    },
    set(key, value) {
      const result = tryBpf("mapUpdate", element(key, value), key, value);
      if (result === -errnoNumber("E2BIG")) {
        throw new KernelError("MAP_FULL", `the map ${spec.name} is full: it holds ${spec.maxEntries} entries`);
      }
      if (result < 0) throw bpfError(-result, `write the map ${spec.name}`);
    },
    delete(key) {
      const result = tryBpf("mapDelete", attribute(attributes.mapElement, { mapFd: fd, key: addressOf(key) }), key);
      if (result === -errnoNumber("ENOENT")) return false;
      if (result < 0) throw bpfError(-result, `delete from the map ${spec.name}`);
      return true;
    },
    *keys() {
      let key: Uint8Array | undefined;
      for (;;) {
        const next: Uint8Array = new Uint8Array(spec.keySizeBytes);
        const values = { mapFd: fd, key: key === undefined ? 0n : addressOf(key), value: addressOf(next) };
        const result = tryBpf("mapNextKey", attribute(attributes.mapElement, values), next, ...(key ? [key] : []));
        if (result === -errnoNumber("ENOENT")) return;
        if (result < 0) throw bpfError(-result, `walk the map ${spec.name}`);
        yield next;
        key = next;
      }
    },
    mapped() {
      const lengthBytes = align8(spec.valueSizeBytes) * spec.maxEntries;
      if (memory === undefined) {
        const address = mmap(fd, lengthBytes, mapping.read | mapping.write, 0);
        if (address === 0n) {
          throw new KernelError("MAP_NOT_MAPPED", `cannot mmap the map ${spec.name}: give it \`mmapable: true\``);
        }
        memory = { address, lengthBytes, view: new DataView(viewOf(address, lengthBytes)) };
      }
      return memory.view;
    },
    close() {
      if (memory !== undefined) munmap(memory.address, memory.lengthBytes);
      memory = undefined;
      closeFd();
    },
  };
}

const align8 = (size: number) => (size + 7) & ~7;
