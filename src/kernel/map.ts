/** Live maps: read, write, walk. Keys and values are bytes here; schemas give them shape (typed-map.ts). */

import { KernelError } from "../errors/error.ts";
import { align8, type MapBytes, update } from "../maps/index.ts";
import type { MapSpec, MapTypeName } from "../spec/index.ts";
import { closingOnce, mapping, mmap, munmap, viewOf as viewOfMemory } from "./libc.ts";
import { writeBatch } from "./map-batch.ts";
import { type KernelMapCalls, mapCalls } from "./map-calls.ts";
import { copy, type Walkable, walkEntries, walkKeys } from "./map-walk.ts";
import { pinObject } from "./pin.ts";
import { possibleProcessorCount } from "./processors.ts";
import { readRingBuffer } from "./ring-buffer.ts";

/** A map in the kernel. It lives until `close` and the last program that uses it. */
export interface KernelMap extends MapBytes {
  readonly fd: number;
  /** Keeps the map at a path of a BPF file system, beyond this process. */
  pin(path: string): void;
  close(): void;
  [Symbol.dispose](): void;
}

const perCpuTypes: ReadonlySet<MapTypeName> = new Set(["perCpuHash", "perCpuArray", "lruPerCpuHash"]);
const pageMask = 4095;

/** The map behind `fd`, which is closed with it. */
export function openMap(spec: MapSpec, fd: number): KernelMap {
  const perCpu = perCpuTypes.has(spec.type);
  const valueBytes = perCpu ? align8(spec.valueSizeBytes) * possibleProcessorCount() : spec.valueSizeBytes;
  const closeFd = closingOnce(fd);
  let memory: { address: bigint; lengthBytes: number; view: DataView } | undefined;
  let held: KernelMapCalls | undefined;
  const calls = () => {
    held ??= mapCalls(fd, spec.name, spec.keySizeBytes, valueBytes);
    return held;
  };
  const walkable = (): Walkable => ({
    fd,
    name: spec.name,
    type: spec.type,
    keyBytes: spec.keySizeBytes,
    valueBytes,
    maxEntries: spec.maxEntries,
    calls: calls(),
  });
  const valueCopy = () => {
    const { value } = calls();
    return new Uint8Array(value.buffer, value.byteOffset, valueBytes).slice();
  };
  const close = () => {
    if (memory !== undefined) munmap(memory.address, memory.lengthBytes);
    memory = undefined;
    closeFd();
  };

  const map: KernelMap = {
    fd,
    spec,
    valueBytes,
    get processors() {
      return possibleProcessorCount();
    },
    get calls() {
      return calls();
    },
    get(key) {
      copy(key, calls().key);
      return calls().lookup() ? valueCopy() : undefined;
    },
    set(key, value, mode = "any") {
      copy(key, calls().key);
      copy(value, calls().value);
      return update(spec, calls(), mode);
    },
    delete(key) {
      copy(key, calls().key);
      return calls().remove();
    },
    take(key) {
      copy(key, calls().key);
      return calls().take() ? valueCopy() : undefined;
    },
    keys: () => walkKeys(walkable()),
    walk: (take) => walkEntries(walkable(), take),
    writeAll: (entries, mode, write) => writeBatch(map, entries, mode, write),
    readRing: () => readRingBuffer(map),
    mapped() {
      const bytes = align8(spec.valueSizeBytes) * spec.maxEntries;
      const lengthBytes = (bytes + pageMask) & ~pageMask;
      if (memory === undefined) {
        const address = mmap(fd, lengthBytes, mapping.read | mapping.write, 0);
        if (address === 0n) {
          throw new KernelError("MAP_NOT_MAPPED", `cannot mmap the map ${spec.name}: give it \`mmapable: true\``);
        }
        memory = { address, lengthBytes, view: new DataView(viewOfMemory(address, lengthBytes), 0, bytes) };
      }
      return memory.view;
    },
    pin: (path) => pinObject(fd, path, `the map ${spec.name}`),
    close,
    [Symbol.dispose]: close,
  };
  return map;
}
