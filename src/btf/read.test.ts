import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TarsierError } from "../errors/error.ts";
import { createBtfBuilder } from "./build.ts";
import { readBtf } from "./read.ts";
import type { BtfType } from "./types.ts";

/** One type of every kind, each referring to ids before it. */
const everyKind: readonly BtfType[] = [
  { kind: "int", name: "int", sizeBytes: 4, encoding: "signed" },
  { kind: "int", name: "_Bool", sizeBytes: 1, encoding: "bool" },
  { kind: "int", name: "three_bits", sizeBytes: 1, encoding: "unsigned", bits: 3, bitOffset: 2 },
  { kind: "ptr", type: 1 },
  { kind: "array", element: 2, index: 1, length: 16 },
  {
    kind: "struct",
    name: "node",
    sizeBytes: 24,
    members: [
      { name: "next", type: 4, bitOffset: 0 },
      { name: "flags", type: 1, bitOffset: 64, bitSize: 3 },
      { name: "", type: 5, bitOffset: 96 },
    ],
  },
  { kind: "union", name: "", sizeBytes: 4, members: [{ name: "only", type: 1, bitOffset: 0 }] },
  {
    kind: "enum",
    name: "state",
    sizeBytes: 4,
    signed: true,
    values: [
      { name: "BELOW", value: -1n },
      { name: "ABOVE", value: 0x7fff_ffffn },
    ],
  },
  {
    kind: "enum",
    name: "mask",
    sizeBytes: 4,
    signed: false,
    values: [{ name: "HIGH", value: 0x8000_0000n }],
  },
  {
    kind: "enum64",
    name: "wide",
    sizeBytes: 8,
    signed: true,
    values: [
      { name: "DEEP", value: -(2n ** 63n) },
      { name: "LOW", value: -2n },
    ],
  },
  { kind: "enum64", name: "wide_mask", sizeBytes: 8, signed: false, values: [{ name: "ALL", value: 2n ** 64n - 1n }] },
  { kind: "fwd", name: "later", of: "union" },
  { kind: "typedef", name: "node_t", type: 6 },
  { kind: "volatile", type: 1 },
  { kind: "const", type: 1 },
  { kind: "restrict", type: 4 },
  {
    kind: "funcProto",
    returns: 1,
    parameters: [
      { name: "first", type: 4 },
      { name: "", type: 0 },
    ],
  },
  { kind: "func", name: "main", type: 17, linkage: "global" },
  { kind: "var", name: "counter", type: 1, linkage: "static" },
  { kind: "datasec", name: ".rodata", sizeBytes: 4, variables: [{ type: 19, offset: 0, sizeBytes: 4 }] },
  { kind: "float", name: "double", sizeBytes: 8 },
  { kind: "declTag", name: "mark", type: 6, component: -1 },
  { kind: "typeTag", name: "rcu", type: 1 },
];

function build(types: readonly BtfType[]): Uint8Array {
  const builder = createBtfBuilder();
  for (const type of types) builder.add(type);
  return builder.encode();
}

test("every kind of type is read back as it was built", () => {
  const btf = readBtf(build(everyKind));
  assert.equal(btf.count, everyKind.length + 1);
  everyKind.forEach((type, index) => {
    assert.deepEqual(btf.type(index + 1), type);
    assert.equal(btf.kind(index + 1), type.kind);
  });
  assert.deepEqual(btf.type(0), { kind: "void" });
});

test("types are found by name and kind", () => {
  const btf = readBtf(build(everyKind));
  assert.equal(btf.find("node", "struct"), 6);
  assert.equal(btf.find("node", "union"), undefined);
  assert.equal(btf.find("nod", "struct"), undefined);
  assert.equal(btf.find("node_", "struct"), undefined);
  assert.equal(btf.find("", "union"), undefined);
});

test("flavours of a name are found with it", () => {
  const struct = (name: string): BtfType => ({ kind: "struct", name, sizeBytes: 0, members: [] });
  const btf = readBtf(build(["task", "task___old", "task_struct", "task__", "task___"].map(struct)));
  assert.deepEqual(btf.findFlavours("task", "struct"), [1, 2, 5]);
});

test("the same types give the same bytes, and a type added twice is one", () => {
  assert.deepEqual(build(everyKind), build(everyKind));
  assert.deepEqual(build([...everyKind, ...everyKind]), build(everyKind));
});

test("a reserved id lets a type refer to itself", () => {
  const builder = createBtfBuilder();
  const node = builder.reserve();
  const next = builder.add({ kind: "ptr", type: node });
  assert.throws(() => builder.encode(), { code: "BTF_NOT_DEFINED" });
  builder.define(node, {
    kind: "struct",
    name: "node",
    sizeBytes: 8,
    members: [{ name: "next", type: next, bitOffset: 0 }],
  });
  assert.throws(() => builder.define(node, { kind: "ptr", type: 0 }), { code: "BTF_NOT_RESERVED" });
  const btf = readBtf(builder.encode());
  assert.equal(btf.find("node", "struct"), node);
});

test("strings are kept once and read by offset", () => {
  const builder = createBtfBuilder();
  assert.equal(builder.string(""), 0);
  const offset = builder.string("flows.ts");
  assert.equal(builder.string("flows.ts"), offset);
  const unicode = builder.string("größe = 1;");
  const last = builder.string("last");
  const btf = readBtf(builder.encode());
  assert.equal(btf.string(offset), "flows.ts");
  assert.equal(btf.string(unicode), "größe = 1;");
  assert.equal(btf.string(last), "last");
  assert.throws(() => btf.string(10_000), { code: "BTF_NO_STRING" });
});

test("ids that do not exist are errors", () => {
  const btf = readBtf(build(everyKind));
  for (const id of [-1, everyKind.length + 1, 0.5, Number.NaN]) {
    assert.throws(() => btf.type(id), { code: "BTF_NO_TYPE" });
  }
});

test("a file of another byte order, version or kind is refused", () => {
  const change = (at: number, value: number) => {
    const bytes = build(everyKind);
    bytes[at] = value;
    return bytes;
  };
  assert.throws(() => readBtf(new Uint8Array()), { code: "BYTES_TOO_SHORT" });
  assert.throws(() => readBtf(change(0, 0)), { code: "BTF_BAD_MAGIC" });
  assert.throws(() => readBtf(change(2, 9)), { code: "BTF_BAD_VERSION" });
  assert.throws(() => readBtf(change(24 + 7, 30)), { code: "BTF_UNKNOWN_KIND" });
  assert.throws(() => readBtf(change(24 + 7, 0)), { code: "BTF_UNKNOWN_KIND" });
  assert.throws(() => readBtf(build(everyKind).subarray(0, -1)), { code: "BTF_CUT_OFF" });
});

test("broken files give types or an error of ours, never a crash", () => {
  const original = build(everyKind);
  const changes = fc.array(fc.record({ at: fc.nat({ max: original.length - 1 }), value: fc.nat({ max: 255 }) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, fc.nat({ max: original.length }), fc.boolean(), (edits, length, cut) => {
      const bytes = original.slice(0, cut ? length : undefined);
      for (const { at, value } of edits) if (at < bytes.length) bytes[at] = value;
      try {
        const btf = readBtf(bytes);
        for (let id = 0; id < btf.count; id++) btf.type(id);
        btf.findFlavours("node", "struct");
      } catch (error) {
        assert.ok(error instanceof TarsierError && error.kind === "input", String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
