/** Live maps: read, write, walk. Keys and values are bytes here; schemas give them shape (typed-map.ts). */

import { KernelError } from "../errors/error.ts";
import type { MapSpec, MapTypeName } from "../spec/index.ts";
import { bpfError } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";
import { closingOnce, mapping, mmap, munmap, viewOf as viewOfMemory } from "./libc.ts";
import { align8, type MapCalls, mapCalls, type UpdateMode, updateModes } from "./map-calls.ts";
import { copy, type Walkable, type WalkStep, walkEntries, walkKeys } from "./map-walk.ts";
import { pinObject } from "./pin.ts";
import { possibleProcessorCount } from "./processors.ts";

/** A map in the kernel. It lives until `close` and the last program that uses it. */
export interface KernelMap {
  readonly fd: number;
  readonly spec: MapSpec;
  /** Bytes of one value as user space sees it: for per-CPU maps one value, padded to 8 bytes, for each possible CPU. */
  readonly valueBytes: number;
  /** A copy of the value, or `undefined`. Throws `KernelError`. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** False when `mode` asks for an entry that is not there, or for none and there is one. Throws when the map is full. */
  set(key: Uint8Array, value: Uint8Array, mode?: UpdateMode): boolean;
  /** True when the key was there. */
  delete(key: Uint8Array): boolean;
  /** A copy of the value, which is deleted (Linux 5.14 for hashes; the value of a queue or stack comes off with an empty key). */
  take(key: Uint8Array): Uint8Array | undefined;
  /** Every key once: see `map-walk.ts`. */
  keys(): Generator<Uint8Array>;
  /** Every entry once, in place: what is given is valid until the next step. */
  walk(take?: boolean): Generator<WalkStep>;
  /** Calls through memory that is kept, for who cannot afford copies. */
  readonly calls: MapCalls;
  /** The value memory of an mmapable array, shared with the kernel, without system calls. */
  mapped(): DataView;
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
  let held: MapCalls | undefined;
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

  return {
    fd,
    spec,
    valueBytes,
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
}

/** Writes what lies in the memory of `calls`; false when the entry is there, or not, against the wish of `mode`. */
export function update(spec: MapSpec, calls: MapCalls, mode: UpdateMode = "any"): boolean {
  const errno = calls.update(updateModes[mode]);
  if (errno === 0) return true;
  if (mode === "noExist" && errno === errnoNumber("EEXIST")) return false;
  if (mode === "exist" && errno === errnoNumber("ENOENT")) return false;
  if (errno === errnoNumber("E2BIG") || errno === errnoNumber("ENOSPC")) {
    throw new KernelError("MAP_FULL", `the map ${spec.name} is full: it holds ${spec.maxEntries} entries`);
  }
  throw bpfError(errno, `write the map ${spec.name}`);
}
