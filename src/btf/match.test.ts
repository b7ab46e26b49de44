import assert from "node:assert/strict";
import { test } from "node:test";
import { type BtfBuilder, createBtfBuilder } from "./build.ts";
import { readBtf } from "./read.ts";
import { relocate } from "./relocate.ts";

type Build = (btf: BtfBuilder) => number;

const int = (btf: BtfBuilder, sizeBytes = 4, encoding: "signed" | "unsigned" = "signed") =>
  btf.add({ kind: "int", name: "int", sizeBytes, encoding });
const structOf = (btf: BtfBuilder, name: string, members: readonly (readonly [string, number])[]) =>
  btf.add({
    kind: "struct",
    name,
    sizeBytes: 64,
    members: members.map(([name, type], index) => ({ name, type, bitOffset: index * 64 })),
  });

/** Whether the type that `one` makes matches in the kernel that has what `other` makes. */
function matches(one: Build, other: Build): boolean {
  const [local, target] = [createBtfBuilder(), createBtfBuilder()];
  const typeId = one(local);
  other(target);
  const relocation = { slot: 0, kind: "typeMatches", typeId, access: "0" } as const;
  const outcome = relocate(readBtf(local.encode()), readBtf(target.encode()), relocation);
  return outcome.kind === "value" && outcome.value === 1n;
}

test("a struct matches one with more members, in any order, and not one with fewer", () => {
  const small: Build = (btf) => structOf(btf, "task___mine", [["pid", int(btf)]]);
  const large: Build = (btf) =>
    structOf(btf, "task", [
      ["flags", int(btf, 8)],
      ["pid", int(btf)],
    ]);
  assert.equal(matches(small, large), true);
  assert.equal(
    matches(
      (btf) =>
        structOf(btf, "task", [
          ["flags", int(btf, 8)],
          ["pid", int(btf)],
        ]),
      (btf) => structOf(btf, "task", [["pid", int(btf)]]),
    ),
    false,
  );
});

test("integers match by size and sign", () => {
  const task =
    (sizeBytes: number, encoding: "signed" | "unsigned"): Build =>
    (btf) =>
      structOf(btf, "task", [["pid", int(btf, sizeBytes, encoding)]]);
  assert.equal(matches(task(4, "signed"), task(4, "signed")), true);
  assert.equal(matches(task(4, "signed"), task(8, "signed")), false);
  assert.equal(matches(task(4, "signed"), task(4, "unsigned")), false);
});

test("behind a pointer a struct is only its name, and may be declared alone", () => {
  const pointing =
    (pointee: (btf: BtfBuilder) => number): Build =>
    (btf) =>
      structOf(btf, "task", [["files", btf.add({ kind: "ptr", type: pointee(btf) })]]);
  const whole = pointing((btf) => structOf(btf, "files", [["count", int(btf)]]));
  assert.equal(
    matches(
      whole,
      pointing((btf) => structOf(btf, "files", [])),
    ),
    true,
  );
  assert.equal(
    matches(
      whole,
      pointing((btf) => btf.add({ kind: "fwd", name: "files", of: "struct" })),
    ),
    true,
  );
  assert.equal(
    matches(
      whole,
      pointing((btf) => btf.add({ kind: "fwd", name: "files", of: "union" })),
    ),
    false,
  );
  assert.equal(
    matches(
      whole,
      pointing((btf) => structOf(btf, "other", [])),
    ),
    false,
  );
});

test("an enum matches one that has all its names, whatever they are worth and however wide", () => {
  const states =
    (kind: "enum" | "enum64", names: readonly string[]): Build =>
    (btf) =>
      btf.add({
        kind,
        name: "state",
        sizeBytes: 4,
        signed: false,
        values: names.map((name, index) => ({ name, value: BigInt(index) })),
      });
  assert.equal(matches(states("enum", ["B"]), states("enum64", ["A", "B"])), true);
  assert.equal(matches(states("enum", ["A", "C"]), states("enum", ["A", "B"])), false);
});

test("arrays match by their length, types that contain themselves end", () => {
  const array =
    (length: number): Build =>
    (btf) =>
      structOf(btf, "task", [["name", btf.add({ kind: "array", element: int(btf), index: int(btf), length })]]);
  assert.equal(matches(array(16), array(16)), true);
  assert.equal(matches(array(16), array(15)), false);
  const loop: Build = (btf) => {
    const id = btf.reserve();
    btf.define(id, {
      kind: "struct",
      name: "node",
      sizeBytes: 8,
      members: [{ name: "next", type: btf.add({ kind: "ptr", type: id }), bitOffset: 0 }],
    });
    return id;
  };
  assert.equal(matches(loop, loop), true);
});

test("a module's types go on where the kernel's end", () => {
  const base = createBtfBuilder();
  const number = int(base);
  const kernel = readBtf(base.encode());
  // A file of its own, read behind a base: its first id and its first string are the ones after the base's.
  const own = createBtfBuilder();
  own.add({ kind: "ptr", type: number });
  const module = readBtf(own.encode(), kernel);
  assert.deepEqual([module.firstId, module.count], [kernel.count, kernel.count + 1]);
  assert.deepEqual(module.type(kernel.count), { kind: "ptr", type: number });
  assert.deepEqual(module.type(number), kernel.type(number));
  assert.equal(module.find("int", "int"), number);
  assert.throws(() => module.type(kernel.count + 1), { code: "BTF_NO_TYPE" });
});
