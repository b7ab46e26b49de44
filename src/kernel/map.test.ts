import assert from "node:assert/strict";
import { u32, u64 } from "../bytes/index.ts";
import { perCpuValues, typedMap } from "../maps/index.ts";
import type { MapSpec } from "../spec/collection.ts";
import { mapFlags } from "../spec/index.ts";
import { createMap } from "./create-map.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { possibleProcessorCount } from "./processors.ts";
import { readRingBuffer } from "./ring-buffer.ts";

const spec: MapSpec = {
  name: "hits",
  type: "hash",
  keySizeBytes: 4,
  valueSizeBytes: 8,
  maxEntries: 3,
  flags: 0,
  keyTypeId: 0,
  valueTypeId: 0,
};

function withMap(more: Partial<MapSpec>, use: (map: ReturnType<typeof createMap>) => void): void {
  const map = createMap({ ...spec, ...more }, -1);
  try {
    use(map);
  } finally {
    map.close();
  }
}

kernelTest("a typed map gives back what was put in, and forgets what was deleted", () => {
  withMap({}, (map) => {
    const hits = typedMap(map, u32, u64);
    hits.set(7, 1n << 63n);
    assert.equal(hits.get(7), 1n << 63n);
    assert.equal(hits.get(8), undefined);
    assert.equal(hits.delete(7), true);
    assert.equal(hits.delete(7), false);
    assert.equal(hits.get(7), undefined);
  });
});

kernelTest("walking a map finds every entry once", () => {
  withMap({}, (map) => {
    const hits = typedMap(map, u32, u64);
    for (const key of [1, 2, 3]) hits.set(key, BigInt(key * 10));
    const entries = [...hits.entries()].sort(([left], [right]) => left - right);
    assert.deepEqual(entries, [
      [1, 10n],
      [2, 20n],
      [3, 30n],
    ]);
  });
});

kernelTest("a full map says so, with its name and size", () => {
  withMap({}, (map) => {
    const hits = typedMap(map, u32, u64);
    for (const key of [1, 2, 3]) hits.set(key, 0n);
    assert.throws(() => hits.set(4, 0n), { code: "MAP_FULL", message: "the map hits is full: it holds 3 entries" });
  });
});

kernelTest("an mmapable array is read and written without system calls", () => {
  withMap({ type: "array", maxEntries: 1, flags: mapFlags.mmapable }, (map) => {
    const hits = typedMap(map, u32, u64);
    hits.set(0, 5n);
    const view = map.mapped();
    assert.equal(view.getBigUint64(0, true), 5n);
    view.setBigUint64(0, 6n, true);
    assert.equal(hits.get(0), 6n);
  });
});

kernelTest("a per-CPU map has a value for each possible processor", () => {
  withMap({ type: "perCpuArray", maxEntries: 1 }, (map) => {
    assert.deepEqual(perCpuValues(map, u32.encode(0), u64), new Array(possibleProcessorCount()).fill(0n));
  });
});

kernelTest("a map that the kernel will not make is refused by name", () => {
  assert.throws(
    () => createMap({ ...spec, maxEntries: 0 }, -1),
    /cannot create the map hits \(hash, 0 entries\): EINVAL/,
  );
});

kernelTest("what is no ring buffer cannot be read as one, and the reason is told", () => {
  withMap({ type: "array", maxEntries: 4096 }, (map) => {
    assert.throws(() => readRingBuffer(map), {
      code: "RING_BUFFER_NOT_MAPPED",
      message: /^cannot mmap the ring buffer hits \(4096 bytes\): E[A-Z]+$/,
    });
  });
});
