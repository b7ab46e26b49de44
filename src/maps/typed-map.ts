/**
 * Maps with the shapes their program gave them: the same schemas, read from this side. Keys and values are written and
 * read where the kernel is told to find them: a call makes no memory but the value it returns.
 */

import type { Layout } from "../bytes/index.ts";
import { KernelError } from "../errors/error.ts";
import { align8, type MapBytes, type UpdateMode, update } from "./map-bytes.ts";
import { ownedReader } from "./owned-reader.ts";

/**
 * A map of `Key` to `Value`: hashes, arrays, tries of prefixes, and storage, whose key is a descriptor (of a socket, a
 * file, a cgroup's directory, or a pidfd).
 */
export interface TypedMap<Key, Value> {
  get(key: Key): Value | undefined;
  has(key: Key): boolean;
  /** False when `mode` asks for an entry that is not there (`exist`), or for none and there is one (`noExist`). */
  set(key: Key, value: Value, mode?: UpdateMode): boolean;
  /** True when there was such an entry. */
  delete(key: Key): boolean;
  /** The value, which is deleted in the same step: nobody else gets it too. */
  take(key: Key): Value | undefined;
  /** Every entry once, also while others write. Read in batches where the kernel can. */
  entries(): Generator<[Key, Value]>;
  keys(): Generator<Key>;
  values(): Generator<Value>;
  /** Every entry, which is deleted as it is read. */
  drain(): Generator<[Key, Value]>;
  /** Writes many entries with few calls. */
  setAll(entries: Iterable<readonly [Key, Value]>, mode?: UpdateMode): void;
  /** Deletes every entry: how many there were. */
  clear(): number;
  /** How many entries there are now, by a walk over them. */
  count(): number;
  [Symbol.iterator](): Generator<[Key, Value]>;
}

/** Gives a map its schemas. */
export function typedMap<Key, Value>(map: MapBytes, key: Layout<Key>, value: Layout<Value>): TypedMap<Key, Value> {
  return shapedMap(map, key, {
    read: ownedReader(value),
    write: (view, offset, content) => value.write(view, offset, content),
    sizeBytes: value.sizeBytes,
  });
}

/** A map with a value for each processor: what is read and written is one value a possible processor. */
export interface PerCpuMap<Key, Value> extends TypedMap<Key, Value[]> {
  /** The values of all processors made one; `undefined` when there is no such entry. */
  reduce<Result>(key: Key, combine: (sum: Result, value: Value) => Result, first: Result): Result | undefined;
}

/** As `typedMap`, for the per-CPU types. */
export function perCpuMap<Key, Value>(map: MapBytes, key: Layout<Key>, value: Layout<Value>): PerCpuMap<Key, Value> {
  const count = map.processors;
  const read = ownedReader(value);
  const strideBytes = align8(map.spec.valueSizeBytes);
  const shaped = shapedMap<Key, Value[]>(map, key, {
    sizeBytes: value.sizeBytes,
    read: (view, offset) => Array.from({ length: count }, (_, cpu) => read(view, offset + cpu * strideBytes)),
    write(view, offset, values) {
      if (values.length !== count)
        throw wrongShape(map, `a value for each of ${count} processors, not ${values.length}`);
      for (const [cpu, one] of values.entries()) value.write(view, offset + cpu * strideBytes, one);
    },
  });
  return {
    ...shaped,
    reduce: (at, combine, first) => shaped.get(at)?.reduce(combine, first),
  };
}

/** The values of one entry of a per-CPU map, one a possible processor. */
export function perCpuValues<Value>(map: MapBytes, key: Uint8Array, value: Layout<Value>): Value[] {
  const found = map.get(key);
  if (found === undefined) return [];
  const view = new DataView(found.buffer, found.byteOffset, found.byteLength);
  const strideBytes = map.valueBytes / map.processors;
  return Array.from({ length: map.processors }, (_, processor) => value.decode(view, processor * strideBytes));
}

type Shape<Value> = Pick<Layout<Value>, "read" | "write" | "sizeBytes">;

function shapedMap<Key, Value>(map: MapBytes, key: Layout<Key>, value: Shape<Value>): TypedMap<Key, Value> {
  const { spec, calls } = map;
  if (key.sizeBytes !== spec.keySizeBytes)
    throw wrongShape(map, `keys of ${spec.keySizeBytes} bytes, not ${key.sizeBytes}`);
  if (value.sizeBytes !== spec.valueSizeBytes) {
    throw wrongShape(map, `values of ${spec.valueSizeBytes} bytes, not ${value.sizeBytes}`);
  }
  const readKey = ownedReader(key);
  const keyView = calls.key;
  const valueView = calls.value;
  const walk = function* (take: boolean): Generator<[Key, Value]> {
    for (const { keys, keyOffset, values, valueOffset } of map.walk(take)) {
      yield [readKey(keys, keyOffset), value.read(values, valueOffset)];
    }
  };
  const self: TypedMap<Key, Value> = {
    get(at) {
      key.write(keyView, 0, at);
      return calls.lookup() ? value.read(valueView, 0) : undefined;
    },
    has(at) {
      key.write(keyView, 0, at);
      return calls.lookup();
    },
    set(at, content, mode) {
      key.write(keyView, 0, at);
      value.write(valueView, 0, content);
      return update(spec, calls, mode);
    },
    delete(at) {
      key.write(keyView, 0, at);
      return calls.remove();
    },
    take(at) {
      key.write(keyView, 0, at);
      return calls.take() ? value.read(valueView, 0) : undefined;
    },
    entries: () => walk(false),
    drain: () => walk(true),
    *keys() {
      for (const { keys, keyOffset } of map.walk()) yield readKey(keys, keyOffset);
    },
    *values() {
      for (const { values, valueOffset } of map.walk()) yield value.read(values, valueOffset);
    },
    setAll(entries, mode = "any") {
      map.writeAll(entries, mode, (keys, keyOffset, values, valueOffset, [at, content]) => {
        key.write(keys, keyOffset, at);
        value.write(values, valueOffset, content);
      });
    },
    clear() {
      let count = 0;
      for (const _ of map.walk(true)) count++;
      return count;
    },
    count() {
      let count = 0;
      for (const _ of map.walk()) count++;
      return count;
    },
    [Symbol.iterator]: () => walk(false),
  };
  return self;
}

function wrongShape({ spec }: MapBytes, has: string): KernelError {
  return new KernelError("MAP_SHAPE", `the map ${spec.name} has ${has}: give it the schemas of its program`);
}
