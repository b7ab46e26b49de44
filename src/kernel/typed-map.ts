/** Maps with the shapes their program gave them: the same schemas, read from this side. */

import type { Layout } from "../bytes/index.ts";
import type { KernelMap } from "./map.ts";
import { possibleProcessorCount } from "./processors.ts";

/** A map of `Key` to `Value`. */
export interface TypedMap<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): boolean;
  entries(): Generator<[Key, Value]>;
}

/** Gives a map its schemas. */
export function typedMap<Key, Value>(map: KernelMap, key: Layout<Key>, value: Layout<Value>): TypedMap<Key, Value> {
  return {
    get(at) {
      const found = map.get(key.encode(at));
      return found && value.decode(viewOfBytes(found));
    },
    set: (at, content) => map.set(key.encode(at), value.encode(content)),
    delete: (at) => map.delete(key.encode(at)),
    *entries() {
      for (const at of map.keys()) {
        const found = map.get(at);
        if (found !== undefined) yield [key.decode(viewOfBytes(at)), value.decode(viewOfBytes(found))];
      }
    },
  };
}

/** The values of one entry of a per-CPU map, one a possible processor. */
export function perCpuValues<Value>(map: KernelMap, key: Uint8Array, value: Layout<Value>): Value[] {
  const found = map.get(key);
  if (found === undefined) return [];
  const view = viewOfBytes(found);
  const strideBytes = map.valueBytes / possibleProcessorCount();
  return Array.from({ length: possibleProcessorCount() }, (_, processor) =>
    value.decode(view, processor * strideBytes),
  );
}

const viewOfBytes = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
