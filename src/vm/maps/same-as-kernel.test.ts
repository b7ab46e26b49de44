import assert from "node:assert/strict";
import { kernelTest } from "../../kernel/kernel-tests.testing.ts";
import { possibleProcessorCount } from "../../kernel/processors.ts";
import { type MapSpec, mapFlags } from "../../spec/index.ts";
import { mapSpec } from "../machine.testing.ts";
import { kernelUserMap, type Operation, resultsOf, sandboxUserMap } from "./map-operations.testing.ts";

/** Calls that any map of keys and values understands: each flag, each error, and a full map. */
const keyed: readonly Operation[] = [
  ["lookup", 1],
  ["remove", 1],
  ["update", 1, 10, 2],
  ["update", 1, 10, 1],
  ["update", 1, 11, 1],
  ["update", 1, 12, 2],
  ["update", 1, 12, 3],
  ["update", 1, 12, 4],
  ["update", 1, 12, 8],
  ["lookup", 1],
  ["update", 0, 1],
  ["update", 2, 20],
  ["update", 3, 30],
  ["keys"],
  ["update", 4, 40],
  ["update", 3, 31],
  ["lookup", 4],
  ["remove", 2],
  ["remove", 2],
  ["take", 3],
  ["take", 3],
  ["take", 9],
  ["lookup", 3],
  ["update", 5, 50],
  ["keys"],
];

const sequence: readonly Operation[] = [
  ["lookup", []],
  ["take", []],
  ["update", [], 1],
  ["update", [], 2],
  ["update", [], 3, 1],
  ["update", [], 3, 3],
  ["lookup", []],
  ["update", [], 3],
  ["update", [], 4],
  ["update", [], 5],
  ["update", [], 6, 2],
  ["lookup", []],
  ["take", []],
  ["take", []],
  ["update", [], 7],
  ["take", []],
  ["take", []],
  ["take", []],
  ["take", []],
  ["remove", []],
];

const prefix = (length: number, ...bits: number[]) => [length, 0, 0, 0, ...bits];

const prefixes: readonly Operation[] = [
  ["lookup", prefix(32, 10, 1, 2, 3)],
  ["update", prefix(8, 10, 0, 0, 0), 1],
  ["update", prefix(16, 10, 1, 0, 0), 2],
  ["update", prefix(24, 10, 1, 2, 0), 3, 2],
  ["update", prefix(24, 10, 1, 2, 0), 3, 1],
  ["lookup", prefix(32, 10, 1, 2, 3)],
  ["lookup", prefix(24, 10, 1, 2, 3)],
  ["lookup", prefix(16, 10, 1, 2, 3)],
  ["lookup", prefix(12, 10, 1, 2, 3)],
  ["lookup", prefix(8, 10, 9, 9, 9)],
  ["lookup", prefix(4, 10, 9, 9, 9)],
  ["lookup", prefix(32, 11, 0, 0, 0)],
  ["update", prefix(24, 10, 1, 2, 0), 4, 1],
  ["update", prefix(24, 10, 1, 2, 0), 4, 2],
  ["update", prefix(24, 10, 1, 2, 0), 4, 3],
  ["update", prefix(33, 10, 1, 2, 0), 4],
  ["lookup", prefix(33, 10, 1, 2, 0)],
  ["remove", prefix(33, 10, 1, 2, 0)],
  ["remove", prefix(20, 10, 1, 2, 0)],
  ["update", prefix(0, 0, 0, 0, 0), 5],
  ["lookup", prefix(32, 200, 0, 0, 0)],
  ["update", prefix(9, 10, 128, 0, 0), 6],
  ["update", prefix(16, 10, 1, 0, 0), 7],
  ["keys"],
  ["remove", prefix(16, 10, 1, 0, 0)],
  ["lookup", prefix(32, 10, 1, 9, 9)],
  ["lookup", prefix(32, 10, 1, 2, 9)],
  ["update", prefix(9, 10, 128, 0, 0), 6],
  ["lookup", prefix(32, 10, 129, 2, 9)],
  ["take", prefix(8, 10, 0, 0, 0)],
  ["remove", prefix(8, 10, 0, 0, 0)],
  ["remove", prefix(0, 0, 0, 0, 0)],
  ["keys"],
];

const table: readonly { readonly spec: MapSpec; readonly operations: readonly Operation[] }[] = [
  { spec: mapSpec({ type: "hash" }), operations: keyed },
  {
    spec: mapSpec({ type: "hash", flags: mapFlags.noPreallocation, keySizeBytes: 7, valueSizeBytes: 3 }),
    operations: keyed,
  },
  { spec: mapSpec({ type: "hash", flags: mapFlags.readOnlyFromUserspace }), operations: keyed },
  {
    spec: mapSpec({ type: "hash", flags: mapFlags.writeOnlyFromUserspace }),
    operations: keyed.filter(([kind]) => kind !== "keys"),
  },
  { spec: mapSpec({ type: "array" }), operations: keyed },
  { spec: mapSpec({ type: "perCpuHash" }), operations: keyed },
  { spec: mapSpec({ type: "perCpuHash", valueSizeBytes: 12 }), operations: keyed },
  { spec: mapSpec({ type: "perCpuArray" }), operations: keyed },
  { spec: mapSpec({ type: "lruHash", maxEntries: 16 }), operations: keyed },
  { spec: mapSpec({ type: "lruPerCpuHash", maxEntries: 16 }), operations: keyed },
  { spec: mapSpec({ type: "queue", keySizeBytes: 0, maxEntries: 3 }), operations: sequence },
  { spec: mapSpec({ type: "stack", keySizeBytes: 0, maxEntries: 3 }), operations: sequence },
  {
    spec: mapSpec({ type: "lpmTrie", keySizeBytes: 8, flags: mapFlags.noPreallocation, maxEntries: 5 }),
    operations: prefixes,
  },
  {
    spec: mapSpec({ type: "bloomFilter", keySizeBytes: 0 }),
    operations: [
      ["lookup", 5],
      ["update", [], 5],
      ["lookup", 5],
      ["update", [], 5, 1],
      ["take", 5],
      ["remove", []],
    ],
  },
  {
    spec: mapSpec({ type: "ringBuffer", keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
    operations: [
      ["lookup", []],
      ["remove", []],
      ["take", []],
    ],
  },
  {
    spec: mapSpec({ type: "stackTrace", valueSizeBytes: 80 }),
    operations: [
      ["lookup", 0],
      ["remove", 0],
      ["remove", 9],
      ["update", 0, 1],
      ["take", 0],
    ],
  },
  {
    spec: mapSpec({ type: "programArray", valueSizeBytes: 4 }),
    operations: [
      ["lookup", 0],
      ["remove", 0],
      ["remove", 4],
      ["update", 0, 1, 1],
      ["update", 4, 1],
      ["take", 0],
    ],
  },
  {
    spec: mapSpec({ type: "cpuMap", valueSizeBytes: 4, maxEntries: 2 }),
    operations: [
      ["update", 0, 192],
      ["lookup", 0],
      ["update", 0, 192, 1],
      ["update", 0, 64, 2],
      ["update", 0, 64, 3],
      ["update", 2, 64],
      ["lookup", 0],
      ["lookup", 1],
      ["remove", 0],
      ["remove", 1],
      ["remove", 2],
      ["lookup", 0],
    ],
  },
  {
    spec: mapSpec({ type: "deviceMap", valueSizeBytes: 4, maxEntries: 2 }),
    operations: [
      ["update", 0, 1],
      ["lookup", 0],
      ["update", 0, 1, 1],
      ["update", 0, 1, 3],
      ["update", 2, 1],
      ["remove", 0],
      ["remove", 2],
      ["lookup", 0],
      ["take", 0],
    ],
  },
  {
    spec: mapSpec({ type: "deviceMapHash", valueSizeBytes: 4, maxEntries: 2 }),
    operations: [
      ["update", 9, 1],
      ["lookup", 9],
      ["update", 9, 1, 1],
      ["update", 8, 1, 1],
      ["update", 7, 1],
      ["keys"],
      ["remove", 9],
      ["remove", 9],
    ],
  },
];

for (const { spec, operations } of table) {
  const flags = spec.flags === 0 ? "" : ` with flags ${spec.flags}`;
  kernelTest(`a ${spec.type}${flags} (${spec.keySizeBytes}, ${spec.valueSizeBytes}) answers as the kernel's`, () => {
    const kernel = kernelUserMap(spec);
    try {
      const sandbox = sandboxUserMap(spec, possibleProcessorCount());
      const [wanted, got] = [kernel, sandbox].map((map) => resultsOf(map, spec, operations));
      const labelled = (results: readonly unknown[]) =>
        results.map((result, index) => [...operations[index]!, "→", result]);
      assert.deepEqual(labelled(got!), labelled(wanted!));
    } finally {
      kernel.close();
    }
  });
}
