import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors/error.ts";
import type { CollectionSpec } from "./collection.ts";
import { collectionFromJson, collectionToJson } from "./json.ts";

const spec: CollectionSpec = {
  name: "counter",
  license: "Dual MIT/GPL",
  maps: [
    {
      name: "hits",
      type: "array",
      keySizeBytes: 4,
      valueSizeBytes: 8,
      maxEntries: 1,
      flags: 0,
      keyTypeId: 1,
      valueTypeId: 2,
      initial: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
    },
    {
      name: "tables",
      type: "arrayOfMaps",
      keySizeBytes: 4,
      valueSizeBytes: 4,
      maxEntries: 2,
      flags: 0,
      keyTypeId: 0,
      valueTypeId: 0,
      inner: {
        name: "table",
        type: "array",
        keySizeBytes: 4,
        valueSizeBytes: 2,
        maxEntries: 1,
        flags: 0,
        keyTypeId: 0,
        valueTypeId: 0,
        initial: new Uint8Array([7, 7]),
      },
      entries: [{ index: 1, name: "hits" }],
    },
  ],
  config: [{ name: "limit", offset: 0, sizeBytes: 8, signed: false, initial: 0xffff_ffff_ffff_ffffn }],
  programs: [
    {
      name: "count",
      hook: { kind: "tpBtf", target: "sys_enter" },
      code: new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]),
      maps: [{ slot: 0, map: "hits" }],
      relocations: [],
      functions: [{ slot: 0, typeId: 3 }],
      lines: [],
    },
  ],
  btf: new Uint8Array([0x9f, 0xeb, 1, 0]),
};

test("a collection comes back from its text as it was", () => {
  assert.deepEqual(collectionFromJson(collectionToJson(spec), "counter.json"), spec);
});

test("the same collection gives the same text", () => {
  assert.equal(collectionToJson(spec), collectionToJson(structuredClone(spec)));
});

test("anything else is refused by name", () => {
  assert.throws(() => collectionFromJson("{", "broken.json"), { name: InputError.name, message: /broken\.json/ });
  assert.throws(() => collectionFromJson("{}", "other.json"), /other\.json is not of the format/);
  assert.throws(() => collectionFromJson("null", "null.json"), InputError);
});
