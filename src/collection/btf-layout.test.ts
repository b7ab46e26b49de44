import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BtfBuilder, createBtfBuilder, readBtf } from "../btf/index.ts";
import { layoutOf } from "./btf-layout.ts";

const viewOf = (...bytes: number[]) => new DataView(Uint8Array.from(bytes).buffer);

/** The layout of what `build` adds last. */
function layout(build: (btf: BtfBuilder) => number) {
  const btf = createBtfBuilder();
  const id = build(btf);
  return layoutOf(readBtf(btf.encode()), id);
}
const int = (
  btf: BtfBuilder,
  sizeBytes: number,
  encoding: "signed" | "unsigned" | "bool" = "unsigned",
  name = `int${sizeBytes}`,
) => btf.add({ kind: "int", name, sizeBytes, encoding });

test("integers by width, sign and byte order", () => {
  assert.equal(layout((btf) => int(btf, 2)).decode(viewOf(1, 2)), 0x0201);
  assert.equal(layout((btf) => int(btf, 2, "unsigned", "u16be")).decode(viewOf(1, 2)), 0x0102);
  assert.equal(layout((btf) => int(btf, 1, "signed")).decode(viewOf(255)), -1);
  assert.equal(layout((btf) => int(btf, 8)).decode(viewOf(1, 0, 0, 0, 0, 0, 0, 1)), 0x0100000000000001n);
  assert.equal(layout((btf) => int(btf, 1, "bool")).decode(viewOf(1)), true);
  assert.deepEqual(layout((btf) => int(btf, 16)).decode(viewOf(...Array(16).fill(7))), new Uint8Array(16).fill(7));
});

test("a struct of C: members where they are, bits, unnamed unions and arrays", () => {
  const type = layout((btf) => {
    const [byte, word] = [int(btf, 1), int(btf, 4)];
    const either = btf.add({
      kind: "union",
      name: "",
      sizeBytes: 4,
      members: [
        { name: "number", type: word, bitOffset: 0 },
        { name: "octets", type: btf.add({ kind: "array", element: byte, index: word, length: 4 }), bitOffset: 0 },
      ],
    });
    return btf.add({
      kind: "struct",
      name: "packed",
      sizeBytes: 7,
      members: [
        { name: "first", type: byte, bitOffset: 0 },
        { name: "", type: either, bitOffset: 8 },
        { name: "low", type: word, bitOffset: 40, bitSize: 3 },
        { name: "high", type: int(btf, 4, "signed", "signed"), bitOffset: 43, bitSize: 9 },
      ],
    });
  });
  const value = { first: 9, number: 0x04030201, octets: Uint8Array.of(1, 2, 3, 4), low: 5, high: -3 };
  const bytes = type.encode({ first: 9, number: 0x04030201, low: 5, high: -3 });
  assert.deepEqual([...bytes], [9, 1, 2, 3, 4, 5 | ((0x1fd << 3) & 0xff), (0x1fd >> 5) & 0xff]);
  assert.deepEqual(type.decode(new DataView(bytes.buffer)), value);
});

test("bits are read as they were written, beside others", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 32 }),
      fc.nat(),
      (bitOffset, bitSize, given) => {
        const type = layout((btf) => {
          const members = [{ name: "bits", type: int(btf, 4), bitOffset, bitSize }];
          return btf.add({ kind: "struct", name: "one", sizeBytes: 8, members });
        });
        const bits = Number(BigInt.asUintN(bitSize, BigInt(given)));
        assert.deepEqual(type.decode(new DataView(type.encode({ bits }).buffer)), { bits });
      },
    ),
  );
});

test("what is made of itself, lies outside or has a name that is code is refused", () => {
  const struct = (name: string, bitOffset: number) => () =>
    layout((btf) =>
      btf.add({ kind: "struct", name: "bad", sizeBytes: 4, members: [{ name, type: int(btf, 4), bitOffset }] }),
    );
  assert.throws(struct("here", 8), { code: "BTF_MEMBER" });
  assert.throws(struct("a: process.exit()", 0), { code: "BTF_MEMBER_NAME" });
  assert.throws(struct("__proto__", 0), { code: "BTF_MEMBER_NAME" });
  assert.throws(
    () =>
      layout((btf) => {
        const id = btf.reserve();
        btf.define(id, {
          kind: "struct",
          name: "self",
          sizeBytes: 4,
          members: [{ name: "self", type: id, bitOffset: 0 }],
        });
        return id;
      }),
    { code: "BTF_LOOP" },
  );
});
