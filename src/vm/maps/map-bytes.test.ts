/** The shapes of `maps/` over a map of the sandbox: what `kernel/typed-map.test.ts` says of the kernel's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { u32, u64 } from "../../bytes/index.ts";
import { bloomFilter, mappedArray, perCpuMap, queueMap, typedMap } from "../../maps/index.ts";
import { mapFlags } from "../../spec/index.ts";
import { mapSpec, testMap } from "../machine.testing.ts";
import { sandboxMapBytes } from "./map-bytes.ts";

const bytesOf = (...given: Parameters<typeof testMap>) => {
  const { map, machine } = testMap(...given);
  return { bytes: sandboxMapBytes(map, machine), map, machine };
};

test("a typed map gives back what was put in, takes, walks and drains", () => {
  const hits = typedMap(bytesOf(mapSpec({ type: "hash" })).bytes, u32, u64);
  assert.equal(hits.set(7, 1n << 63n), true);
  assert.equal(hits.set(7, 1n, "noExist"), false);
  assert.equal(hits.set(8, 1n, "exist"), false);
  assert.equal(hits.get(7), 1n << 63n);
  hits.setAll([
    [1, 10n],
    [2, 20n],
    [3, 30n],
  ]);
  assert.throws(() => hits.set(9, 0n), { code: "MAP_FULL", message: "the map tried is full: it holds 4 entries" });
  assert.throws(() => hits.setAll([[9, 0n]]), { code: "MAP_FULL" });
  assert.equal(hits.take(7), 1n << 63n);
  assert.deepEqual(
    [...hits].sort(([one], [other]) => one - other),
    [
      [1, 10n],
      [2, 20n],
      [3, 30n],
    ],
  );
  assert.equal([...hits.drain()].length, 3);
  assert.equal(hits.count(), 0);
});

test("entries that go while a map is walked are not given", () => {
  const hits = typedMap(bytesOf(mapSpec({ type: "hash" })).bytes, u32, u64);
  hits.setAll([1, 2, 3].map((key) => [key, 0n] as const));
  const seen: number[] = [];
  for (const [key] of hits) {
    seen.push(key);
    for (const other of [1, 2, 3]) if (other !== key) hits.delete(other);
  }
  assert.equal(seen.length, 1);
});

test("each processor has its value", () => {
  const counts = perCpuMap(bytesOf(mapSpec({ type: "perCpuArray" }), { processors: 3 }).bytes, u32, u64);
  counts.set(1, [1n, 2n, 3n]);
  assert.equal(
    counts.reduce(1, (sum, value) => sum + value, 0n),
    6n,
  );
  assert.throws(() => counts.set(1, [1n]), { code: "MAP_SHAPE" });
});

test("queues and Bloom filters have their own shapes", () => {
  const queue = queueMap(bytesOf(mapSpec({ type: "queue", keySizeBytes: 0, maxEntries: 1 })).bytes, u64);
  assert.deepEqual(
    [queue.push(1n), queue.push(2n), queue.push(3n, true), queue.pop(), queue.pop()],
    [true, false, true, 3n, undefined],
  );
  const filter = bloomFilter(bytesOf(mapSpec({ type: "bloomFilter", keySizeBytes: 0 })).bytes, u64);
  filter.add(5n);
  assert.deepEqual([filter.mayHave(5n), filter.mayHave(6n)], [true, false]);
});

test("an array is mapped, where programs have it", () => {
  const { bytes, map } = bytesOf(mapSpec({ type: "array", flags: mapFlags.mmapable }));
  const values = mappedArray(bytes, u64);
  values.set(2, 9n);
  assert.deepEqual(map.get(u32.encode(2)), u64.encode(9n));
  assert.deepEqual([...values], [0n, 0n, 9n, 0n]);
});

test("what a frozen map and a map of another type do not take is told", () => {
  const { bytes, map } = bytesOf(mapSpec({ type: "array" }));
  assert.throws(() => typedMap(bytes, u32, u64).delete(1), {
    code: "SANDBOX_MAP",
    message: /a map of its type does not take this/,
  });
  map.freeze();
  assert.throws(() => typedMap(bytes, u32, u64).set(1, 1n), {
    message: /cannot write the map tried: it may only be read/,
  });
});

test("records of a ring come as they were sent, also around its end and after the memory has grown", () => {
  const { bytes, map, machine } = bytesOf(
    mapSpec({ type: "ringBuffer", keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
  );
  const ring = bytes.readRing();
  const source = machine.allocate(3000);
  const lengths: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    const length = 900 + turn * 200;
    machine.u8.fill(turn, source, source + length);
    assert.equal(map.ring!.output(source, length), 0);
    if (turn === 5) machine.allocate(1 << 20);
    ring.drain((view, offset, lengthBytes) => {
      const record = new Uint8Array(view.buffer, view.byteOffset + offset, lengthBytes);
      assert.ok(record.every((byte) => byte === turn));
      lengths.push(lengthBytes);
    });
  }
  assert.deepEqual(lengths, [900, 1100, 1300, 1500, 1700, 1900, 2100, 2300, 2500, 2700]);
  assert.equal(map.ring!.output(source, 3000), 0);
  assert.equal(map.ring!.output(source, 3000), -11);
  assert.equal(ring.pendingBytes(), 3008);
});

test("an open record holds back those behind it, and is gone when it is sent", () => {
  const { bytes, map, machine } = bytesOf(
    mapSpec({ type: "ringBuffer", keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
  );
  const ring = bytes.readRing();
  const drained = () => {
    const found: number[] = [];
    ring.drain((_view, _offset, length) => found.push(length));
    return found;
  };
  const records = map.ring!;
  assert.ok(records.reserve(24));
  const [low, high] = [records.low, records.high];
  assert.ok(machine.locate(low, high, 24, true) > 0);
  assert.equal(machine.locate(low, high, 25), -1);
  assert.ok(records.reserve(8));
  assert.equal(records.commit(records.low, records.high, true), true);
  assert.deepEqual(drained(), []);
  assert.equal(records.commit(low + 8, high, false), false);
  assert.equal(records.commit(low, high, false), true);
  assert.equal(records.commit(low, high, false), false);
  assert.equal(machine.locate(low, high, 1), -1);
  assert.deepEqual(drained(), [24]);
  assert.equal(ring.discarded(), 1);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((what) => records.query(what)),
    [0, 4096, 48, 48, 0],
  );
});
