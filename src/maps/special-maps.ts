/** Maps that are not of keys and values: queues, sets, references to other objects, stacks. */

import type { Layout } from "../bytes/index.ts";
import { u32 } from "../bytes/index.ts";
import { InputError } from "../errors/error.ts";
import { type MapBytes, mapErrno, type UpdateMode, update, updateModes } from "./map-bytes.ts";
import { ownedReader } from "./owned-reader.ts";

/** A queue (first in, first out) or a stack (last in, first out). */
export interface QueueMap<Value> {
  /** False when it is full; with `replace` the oldest value makes room. */
  push(value: Value, replace?: boolean): boolean;
  /** The next value, which comes off; `undefined` when there is none. */
  pop(): Value | undefined;
  peek(): Value | undefined;
}

/** Gives a queue or stack the schema of its values. */
export function queueMap<Value>(map: MapBytes, value: Layout<Value>): QueueMap<Value> {
  const { calls } = map;
  const read = ownedReader(value);
  return {
    push(content, replace = false) {
      value.write(calls.value, 0, content);
      const errno = calls.update(replace ? updateModes.exist : updateModes.any);
      if (errno !== 0 && errno !== mapErrno.full) throw calls.failure(errno);
      return errno === 0;
    },
    pop: () => (calls.take() ? read(calls.value, 0) : undefined),
    peek: () => (calls.lookup() ? read(calls.value, 0) : undefined),
  };
}

/** A set that may take a value for a member that is none, and never the other way round. */
export interface BloomFilter<Value> {
  add(value: Value): void;
  mayHave(value: Value): boolean;
}

/** Gives a Bloom filter the schema of its values. */
export function bloomFilter<Value>(map: MapBytes, value: Layout<Value>): BloomFilter<Value> {
  const { calls } = map;
  return {
    add(content) {
      value.write(calls.value, 0, content);
      update(map.spec, calls);
    },
    mayHave(content) {
      value.write(calls.value, 0, content);
      return calls.lookup();
    },
  };
}

/**
 * A map whose values are other objects: programs, maps, cgroups, perf events, sockets. What is put in is a descriptor;
 * what comes out, where the kernel lets one look, is the object's id.
 */
export interface ReferenceMap<Key> {
  set(key: Key, object: number | { readonly fd: number }, mode?: UpdateMode): boolean;
  /** The id of the object; `undefined` where there is none. */
  idOf(key: Key): number | undefined;
  delete(key: Key): boolean;
}

/** Program arrays, maps of maps, arrays of cgroups and perf events, maps of sockets. */
export function referenceMap<Key = number>(
  map: MapBytes,
  key: Layout<Key> = u32 as unknown as Layout<Key>,
): ReferenceMap<Key> {
  const { calls } = map;
  return {
    set(at, object, mode) {
      key.write(calls.key, 0, at);
      const fd = typeof object === "number" ? object : object.fd;
      if (calls.value.byteLength === 8) calls.value.setBigUint64(0, BigInt(fd), true);
      else calls.value.setUint32(0, fd, true);
      return update(map.spec, calls, mode);
    },
    idOf(at) {
      key.write(calls.key, 0, at);
      return calls.lookup() ? calls.value.getUint32(0, true) : undefined;
    },
    delete(at) {
      key.write(calls.key, 0, at);
      return calls.remove();
    },
  };
}

/** Stacks of return addresses, by the id that a program got from `bpf_get_stackid`. */
export interface StackTraceMap {
  /** Innermost first; `undefined` for an id that is not there. */
  get(id: number): bigint[] | undefined;
  delete(id: number): boolean;
}

/** The stacks of a map of stack traces. */
export function stackTraceMap(map: MapBytes): StackTraceMap {
  const { calls } = map;
  const frames = Math.floor(map.valueBytes / 8);
  return {
    get(id) {
      calls.key.setUint32(0, id, true);
      if (!calls.lookup()) return undefined;
      const addresses: bigint[] = [];
      for (let frame = 0; frame < frames; frame++) {
        const address = calls.value.getBigUint64(frame * 8, true);
        if (address === 0n) break;
        addresses.push(address);
      }
      return addresses;
    },
    delete(id) {
      calls.key.setUint32(0, id, true);
      return calls.remove();
    },
  };
}

/** The values of an mmapable array in place: reading and writing them are no system calls. */
export interface MappedArray<Value> {
  readonly length: number;
  get(index: number): Value;
  set(index: number, value: Value): void;
  [Symbol.iterator](): Generator<Value>;
}

/** Gives an mmapable array the schema of its values, and maps it into this process. */
export function mappedArray<Value>(map: MapBytes, value: Layout<Value>): MappedArray<Value> {
  const view = map.mapped();
  const length = map.spec.maxEntries;
  const strideBytes = (map.spec.valueSizeBytes + 7) & ~7;
  const place = (index: number): number => {
    if (!(index >= 0 && index < length)) {
      throw new InputError("MAP_INDEX", `the map ${map.spec.name} has no entry ${index}; it has ${length}`);
    }
    return index * strideBytes;
  };
  return {
    length,
    get: (index) => value.read(view, place(index)),
    set: (index, content) => value.write(view, place(index), content),
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield value.read(view, index * strideBytes);
    },
  };
}
