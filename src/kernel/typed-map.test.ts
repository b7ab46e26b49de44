import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { array, bytes, struct, u16, u32, u64 } from "../bytes/index.ts";
import { bloomFilter, mappedArray, perCpuMap, queueMap, referenceMap, typedMap } from "../maps/index.ts";
import type { MapSpec } from "../spec/index.ts";
import { mapFlags } from "../spec/index.ts";
import { createMap, createMapWith } from "./create-map.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import type { KernelMap } from "./map.ts";
import { mapInfo } from "./map-info.ts";
import { openMapById, openPinnedMap } from "./open-map.ts";
import { unpin } from "./pin.ts";
import { withPrivateMount } from "./private-mount.ts";
import { possibleProcessorCount } from "./processors.ts";
import { innerMap } from "./special-maps.ts";

const spec: MapSpec = {
  name: "table",
  type: "hash",
  keySizeBytes: 4,
  valueSizeBytes: 8,
  maxEntries: 1000,
  flags: 0,
  keyTypeId: 0,
  valueTypeId: 0,
};

function withMap(more: Partial<MapSpec>, use: (map: KernelMap) => void): void {
  const map = createMap({ ...spec, ...more }, -1);
  try {
    use(map);
  } finally {
    map.close();
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

for (const type of ["hash", "lruHash", "array", "lpmTrie"] as const) {
  kernelTest(`a map of the type ${type} is written at once, walked and read`, () => {
    const isTrie = type === "lpmTrie";
    const count = isTrie ? 32 : 300;
    const more = {
      type,
      maxEntries: type === "lruHash" ? 10_000 : count,
      flags: isTrie ? mapFlags.noPreallocation : 0,
    };
    withMap({ ...more, keySizeBytes: isTrie ? 8 : 4 }, (map) => {
      const Prefix = struct({ bits: u32, address: array(u16, 2) });
      if (isTrie) {
        const routes = typedMap(map, Prefix, u64);
        routes.setAll(numbers(count).map((bits) => [{ bits, address: [0x0a0a, 0x0a0a] }, BigInt(bits)]));
        assert.equal(routes.get({ bits: 32, address: [0x0a0a, 0x0a0a] }), 31n);
        assert.deepEqual(
          [...routes.keys()].map(({ bits }) => bits).sort((one, other) => one - other),
          numbers(count),
        );
        return;
      }
      const table = typedMap(map, u32, u64);
      table.setAll(numbers(count).map((key) => [key, BigInt(key * 2)]));
      assert.equal(table.get(7), 14n);
      const entries = [...table].sort(([one], [other]) => one - other);
      assert.deepEqual(
        entries.slice(0, count),
        numbers(count).map((key) => [key, BigInt(key * 2)]),
      );
    });
  });
}

kernelTest("an entry is set only if it is there, or only if it is not, where that is asked", () => {
  withMap({}, (map) => {
    const table = typedMap(map, u32, u64);
    assert.equal(table.set(1, 1n, "exist"), false);
    assert.equal(table.set(1, 1n, "noExist"), true);
    assert.equal(table.set(1, 2n, "noExist"), false);
    assert.equal(table.set(1, 3n, "exist"), true);
    assert.equal(table.has(1), true);
    assert.equal(table.take(1), 3n);
    assert.equal(table.take(1), undefined);
    assert.equal(table.has(1), false);
  });
});

kernelTest("a walk gives each key once, and none that stayed is missed, while others write and delete", () => {
  withMap({ maxEntries: 20_000 }, (map) => {
    const table = typedMap(map, u32, u64);
    const stayed = numbers(8000);
    table.setAll(stayed.map((key) => [key, 1n]));
    const seen: number[] = [];
    let next = 10_000;
    for (const key of table.keys()) {
      seen.push(key);
      // What is written again moves within its bucket; what is new comes and goes around the walk.
      table.set((key * 7) % 8000, 2n);
      table.set(next, 0n);
      if (next > 10_050) table.delete(next - 50);
      if (key >= 10_000) table.delete(key);
      next = next < 19_000 ? next + 1 : 10_000;
    }
    const found = new Set(seen);
    assert.equal(found.size, seen.length, "each key once");
    assert.deepEqual(
      stayed.filter((key) => !found.has(key)),
      [],
    );
  });
});

kernelTest("a walk from key to key gives each once, also when the key it stands on is deleted", () => {
  withMap({}, (map) => {
    const table = typedMap(map, u32, u64);
    table.setAll(numbers(900).map((key) => [key, 1n]));
    const seen: number[] = [];
    for (const bytes of map.keys()) {
      const key = u32.decode(new DataView(bytes.buffer));
      seen.push(key);
      if (key % 3 === 0) table.delete(key);
    }
    assert.equal(new Set(seen).size, seen.length);
    const found = new Set(seen);
    assert.ok(numbers(900).every((key) => key % 3 === 0 || found.has(key)));
  });
});

kernelTest("draining and clearing leave nothing", () => {
  withMap({}, (map) => {
    const table = typedMap(map, u32, u64);
    table.setAll(numbers(500).map((key) => [key, 1n]));
    assert.equal([...table.drain()].length, 500);
    assert.equal(table.count(), 0);
    table.setAll(numbers(10).map((key) => [key, 1n]));
    assert.equal(table.clear(), 10);
    assert.equal(table.count(), 0);
  });
});

kernelTest("what was read stays as it was when the map is read again", () => {
  const Name = struct({ text: bytes(8) });
  withMap({}, (map) => {
    const names = typedMap(map, u32, Name);
    names.set(1, { text: Buffer.from("first") });
    names.set(2, { text: Buffer.from("second") });
    const first = names.get(1)!;
    names.get(2);
    assert.equal(Buffer.from(first.text).toString().replaceAll("\0", ""), "first");
    const all = [...names.values()].map(({ text }) => Buffer.from(text).toString().replaceAll("\0", ""));
    assert.deepEqual(all.sort(), ["first", "second"]);
  });
});

kernelTest("a map of values a processor is read, written and made one", () => {
  for (const type of ["perCpuHash", "perCpuArray", "lruPerCpuHash"] as const) {
    withMap({ type, maxEntries: 100 }, (map) => {
      const count = possibleProcessorCount();
      const table = perCpuMap(map, u32, u64);
      table.set(
        3,
        numbers(count).map((cpu) => BigInt(cpu + 1)),
      );
      assert.deepEqual(
        table.get(3),
        numbers(count).map((cpu) => BigInt(cpu + 1)),
      );
      assert.equal(
        table.reduce(3, (sum, value) => sum + value, 0n),
        BigInt((count * (count + 1)) / 2),
      );
      assert.ok([...table].some(([key, values]) => key === 3 && values[0] === 1n));
    });
  }
});

kernelTest("a queue gives the first, a stack the last, and both say when they are full", () => {
  for (const [type, order] of [
    ["queue", [1n, 2n]],
    ["stack", [2n, 1n]],
  ] as const) {
    withMap({ type, keySizeBytes: 0, maxEntries: 2 }, (map) => {
      const values = queueMap(map, u64);
      assert.equal(values.push(1n), true);
      assert.equal(values.push(2n), true);
      assert.equal(values.push(3n), false);
      assert.equal(values.peek(), order[0]);
      assert.deepEqual([values.pop(), values.pop(), values.pop()], [...order, undefined]);
    });
  }
});

kernelTest("a bloom filter knows what was added", () => {
  withMap({ type: "bloomFilter", keySizeBytes: 0, extra: 3 }, (map) => {
    const filter = bloomFilter(map, u64);
    filter.add(42n);
    assert.equal(filter.mayHave(42n), true);
    assert.equal(filter.mayHave(43n), false);
  });
});

kernelTest("maps stand in a map of maps and come out again", () => {
  const inner: MapSpec = { ...spec, name: "inner", type: "array", maxEntries: 1 };
  for (const type of ["arrayOfMaps", "hashOfMaps"] as const) {
    withMap({ type, valueSizeBytes: 4, maxEntries: 4, inner }, (map) => {
      const one = createMap(inner, -1);
      typedMap(one, u32, u64).set(0, 99n);
      referenceMap(map).set(2, one);
      one.close();
      const found = innerMap(map, 2)!;
      assert.equal(typedMap(found, u32, u64).get(0), 99n);
      found.close();
      assert.equal(innerMap(map, 3), undefined);
    });
  }
});

kernelTest("an mmapable array is shared memory of typed values", () => {
  const Pair = struct({ one: u32, other: u32 });
  withMap({ type: "array", maxEntries: 3, flags: mapFlags.mmapable }, (map) => {
    const pairs = mappedArray(map, Pair);
    pairs.set(2, { one: 1, other: 2 });
    assert.deepEqual(typedMap(map, u32, Pair).get(2), { one: 1, other: 2 });
    assert.deepEqual([...pairs].at(2), { one: 1, other: 2 });
    assert.throws(() => pairs.get(3), { code: "MAP_INDEX" });
  });
});

kernelTest("schemas of another size are refused", () => {
  withMap({}, (map) => {
    assert.throws(() => typedMap(map, u64, u64), { code: "MAP_SHAPE" });
    assert.throws(() => typedMap(map, u32, u32), /has values of 8 bytes, not 4/);
  });
});

kernelTest("a pinned map is used again, and one of another shape is refused by what differs", () => {
  withPrivateMount("bpf", (root) => {
    const directory = mkdtempSync(`${root}/tarsier-test-`);
    const options = { btfFd: -1, pinDirectory: directory };
    const pinned = { ...spec, pinned: true };
    const one = createMapWith(pinned, options);
    typedMap(one, u32, u64).set(5, 55n);
    one.close();
    const again = createMapWith(pinned, options);
    assert.equal(typedMap(again, u32, u64).get(5), 55n);
    const byId = openMapById(mapInfo(again.fd).id)!;
    assert.equal(byId.spec.name, "table");
    byId.close();
    again.close();
    const opened = openPinnedMap(`${directory}/table`);
    assert.equal(typedMap(opened, u32, u64).get(5), 55n);
    opened.close();
    assert.throws(() => createMapWith({ ...pinned, maxEntries: 7 }, options), {
      code: "MAP_PIN_MISMATCH",
      message: `the map pinned at ${directory}/table is another one (maxEntries 1000 instead of 7): unpin it, or use another pin directory`,
    });
    assert.equal(unpin(`${directory}/table`), true);
    assert.equal(unpin(`${directory}/table`), false);
    assert.throws(() => openPinnedMap(`${directory}/table`), { code: "PIN_ABSENT" });
    assert.throws(() => createMapWith(pinned, { btfFd: -1, pinDirectory: tmpdir() }), { code: "PIN_NO_BPFFS" });
  });
});

kernelTest("a map that is closed twice closes nothing else, and `using` closes it", () => {
  const map = createMap(spec, -1);
  const { fd } = map;
  map[Symbol.dispose]();
  const other = createMap(spec, -1);
  assert.equal(other.fd, fd);
  map.close();
  assert.equal(typedMap(other, u32, u64).get(1), undefined);
  other.close();
});
