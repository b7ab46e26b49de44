import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoreRelocationKind } from "../spec/collection.ts";
import { type BtfBuilder, createBtfBuilder } from "./build.ts";
import { type Btf, readBtf } from "./read.ts";
import { relocate } from "./relocate.ts";
import type { BtfMember } from "./types.ts";

/** A kernel's types: `sock` with its `__sk_common`, fields in unnamed members, bit fields, arrays and enums. */
const kernel = build((btf) => {
  const { u8, u16, u32, u64, i32, pointer } = basics(btf);
  const ports = btf.add(union("", 4, [member("skc_portpair", u32, 0), member("skc_dport", u16, 0)]));
  const state = btf.add({ kind: "volatile", type: u8 });
  const common = btf.add(
    struct("sock_common", 32, [member("skc_hash", u64, 0), member("", ports, 8), member("skc_state", state, 12)]),
  );
  const commonAlias = btf.add({ kind: "typedef", name: "common_t", type: common });
  const slots = btf.add({ kind: "array", element: common, index: u32, length: 4 });
  const tail = btf.add({ kind: "array", element: u64, index: u32, length: 0 });
  btf.add(
    struct("sock", 200, [
      member("__sk_common", commonAlias, 16),
      member("sk_slots", slots, 48),
      { ...member("sk_shutdown", u32, 176), bitOffset: 176 * 8 + 5, bitSize: 2 },
      { ...member("sk_signed", i32, 176), bitOffset: 176 * 8 + 30, bitSize: 4 },
      member("sk_data", pointer, 184),
      member("sk_tail", tail, 192),
    ]),
  );
  btf.add({ ...values("enum", "iter_type", [["ITER_UBUF", 5n]]) });
  btf.add({ ...values("enum64", "feature", [["FEATURE_NEW", 1n << 40n]]) });
  btf.add(struct("twice", 8, [member("same", u32, 0), member("moved", u32, 4)]));
  btf.add(struct("twice", 8, [member("same", u32, 0), member("moved", u16, 6)]));
  btf.add(struct("task___new", 16, [member("state", u32, 8)]));
});

/** A relocation of `root`, which `make` adds to the program's types. */
function relocated(kind: CoreRelocationKind, access: string, make: (btf: BtfBuilder) => number): unknown {
  let typeId = 0;
  const local = build((btf) => {
    typeId = make(btf);
  });
  const outcome = relocate(local, kernel, { slot: 0, kind, typeId, access });
  return outcome.kind === "value" ? outcome.value : `no ${outcome.text} ${outcome.reason}`.trimEnd();
}

test("a field is found by its name, wherever the kernel has it", () => {
  const local = (btf: BtfBuilder) => {
    const common = btf.add(struct("sock_common", 1, [member("skc_state", basics(btf).u8, 0)]));
    return btf.add(struct("sock", 1, [member("__sk_common", common, 0)]));
  };
  assert.equal(relocated("fieldByteOffset", "0:0:0", local), 28n);
  assert.equal(relocated("fieldByteOffset", "2:0:0", local), 428n);
  assert.equal(relocated("fieldByteSize", "0:0:0", local), 1n);
  assert.equal(relocated("fieldExists", "0:0:0", local), 1n);
  assert.equal(relocated("fieldSigned", "0:0:0", local), 0n);
});

test("a field inside an unnamed union is found through it", () => {
  const flat = (btf: BtfBuilder) => btf.add(struct("sock_common", 2, [member("skc_dport", basics(btf).u16, 0)]));
  assert.equal(relocated("fieldByteOffset", "0:0", flat), 8n);
  const nested = (btf: BtfBuilder) => {
    const inner = btf.add(struct("", 2, [member("skc_dport", basics(btf).u16, 0)]));
    return btf.add(struct("sock_common", 2, [member("", inner, 0)]));
  };
  assert.equal(relocated("fieldByteOffset", "0:0:0", nested), 8n);
});

test("flavours are the same type under another name", () => {
  const local = (btf: BtfBuilder) => btf.add(struct("task___old", 4, [member("state", basics(btf).u32, 0)]));
  assert.equal(relocated("fieldByteOffset", "0:0", local), 8n);
});

test("array elements are checked against the kernel's length, except at an open end", () => {
  const local = (name: string, element: "common" | "u64") => (btf: BtfBuilder) => {
    const { u8, u32, u64 } = basics(btf);
    const common = btf.add(struct("sock_common", 1, [member("skc_state", u8, 0)]));
    const array = btf.add({ kind: "array", element: element === "u64" ? u64 : common, index: u32, length: 1 });
    return btf.add(struct("sock", 1, [member(name, array, 0)]));
  };
  assert.equal(relocated("fieldByteOffset", "0:0:3:0", local("sk_slots", "common")), 48n + 3n * 32n + 12n);
  assert.equal(relocated("fieldExists", "0:0:4:0", local("sk_slots", "common")), 0n);
  assert.equal(relocated("fieldByteOffset", "0:0:7", local("sk_tail", "u64")), 192n + 56n);
  assert.equal(relocated("fieldExists", "0:0:7", local("sk_slots", "u64")), 0n);
});

test("a bit field is read from the aligned unit around it, and shifted out", () => {
  const local = (name: string) => (btf: BtfBuilder) =>
    btf.add(struct("sock", 4, [{ ...member(name, basics(btf).u32, 0), bitSize: 2 }]));
  assert.equal(relocated("fieldByteOffset", "0:0", local("sk_shutdown")), 176n);
  assert.equal(relocated("fieldByteSize", "0:0", local("sk_shutdown")), 4n);
  assert.equal(relocated("fieldLeftShift", "0:0", local("sk_shutdown")), 64n - 7n);
  assert.equal(relocated("fieldRightShift", "0:0", local("sk_shutdown")), 62n);
  // Bits 30 to 33 do not lie in one unit of four bytes.
  assert.equal(relocated("fieldByteOffset", "0:0", local("sk_signed")), 176n);
  assert.equal(relocated("fieldByteSize", "0:0", local("sk_signed")), 8n);
  assert.equal(relocated("fieldLeftShift", "0:0", local("sk_signed")), 64n - 34n);
  assert.equal(relocated("fieldSigned", "0:0", local("sk_signed")), 1n);
});

test("what the kernel lacks is told apart: type, field, kind of field, ambiguity", () => {
  const local =
    (root: string, field: string, type: "u32" | "pointer" = "u32") =>
    (btf: BtfBuilder) =>
      btf.add(struct(root, 4, [member(field, basics(btf)[type], 0)]));
  assert.equal(relocated("fieldByteOffset", "0:0", local("nobody", "x")), "no nobody.x (no nobody at all)");
  assert.equal(relocated("fieldByteOffset", "0:0", local("sock", "sk_foo")), "no sock.sk_foo");
  assert.equal(
    relocated("fieldByteOffset", "0:0", local("sock", "sk_data")),
    "no sock.sk_data of the declared kind (it is a ptr)",
  );
  assert.equal(relocated("fieldByteOffset", "0:0", local("twice", "same")), 0n);
  assert.equal(
    relocated("fieldByteOffset", "0:0", local("twice", "moved")),
    "no twice.moved that is the same in all its definitions",
  );
  assert.equal(relocated("fieldExists", "0:0", local("sock", "sk_foo")), 0n);
  assert.equal(relocated("fieldExists", "0:0", local("sock", "sk_data", "pointer")), 1n);
});

test("types are found by kind and name, and are 0 where there are none", () => {
  const local = (name: string) => (btf: BtfBuilder) => btf.add(struct(name, 1, []));
  assert.equal(relocated("typeExists", "0", local("sock")), 1n);
  assert.equal(relocated("typeSize", "0", local("sock")), 200n);
  assert.equal(relocated("typeIdTarget", "0", local("sock")), BigInt(kernel.find("sock", "struct")!));
  for (const kind of ["typeExists", "typeSize", "typeIdTarget"] as const) {
    assert.equal(relocated(kind, "0", local("nobody")), 0n);
  }
  assert.equal(
    relocated("typeExists", "0", (btf) => btf.add(union("sock", 1, []))),
    0n,
  );
  assert.equal(relocated("typeIdLocal", "0", local("nobody")), 1n);
});

test("values of enums are found by name, in enums of both sizes", () => {
  const local = (type: string, name: string) => (btf: BtfBuilder) => btf.add(values("enum", type, [[name, 0n]]));
  assert.equal(relocated("enumValue", "0", local("iter_type", "ITER_UBUF")), 5n);
  assert.equal(relocated("enumValue", "0", local("feature", "FEATURE_NEW")), 1n << 40n);
  assert.equal(relocated("enumValue", "0", local("iter_type", "ITER_NONE")), "no iter_type.ITER_NONE");
  assert.equal(relocated("enumValueExists", "0", local("iter_type", "ITER_UBUF")), 1n);
  assert.equal(relocated("enumValueExists", "0", local("iter_type", "ITER_NONE")), 0n);
});

test("access strings that do not fit the program's own types are errors", () => {
  const local = (btf: BtfBuilder) => btf.add(struct("sock", 4, [member("x", basics(btf).u32, 0)]));
  for (const access of ["", "0:", "a", "0:1", "0:0:0", "-1", "0:99999999999"]) {
    assert.throws(() => relocated("fieldByteOffset", access, local), { code: "BTF_BAD_ACCESS" }, access);
  }
  assert.throws(() => relocated("fieldByteOffset", "0", (btf) => basics(btf).pointer), { code: "BTF_NO_NAME" });
});

test("types that are made of themselves are an error, not a hang", () => {
  const loop = (btf: BtfBuilder) => {
    const id = btf.reserve();
    btf.define(id, { kind: "typedef", name: "sock", type: id });
    return id;
  };
  assert.throws(() => relocated("fieldByteOffset", "0:0", loop), { code: "BTF_LOOP" });
});

function build(add: (btf: BtfBuilder) => void): Btf {
  const builder = createBtfBuilder();
  add(builder);
  return readBtf(builder.encode());
}

function basics(btf: BtfBuilder) {
  const int = (name: string, sizeBytes: number, encoding: "signed" | "unsigned") =>
    btf.add({ kind: "int", name, sizeBytes, encoding });
  return {
    u8: int("unsigned char", 1, "unsigned"),
    u16: int("short unsigned int", 2, "unsigned"),
    u32: int("unsigned int", 4, "unsigned"),
    u64: int("long unsigned int", 8, "unsigned"),
    i32: int("int", 4, "signed"),
    pointer: btf.add({ kind: "ptr", type: 0 }),
  };
}

function member(name: string, type: number, byteOffset: number): BtfMember {
  return { name, type, bitOffset: byteOffset * 8 };
}

function struct(name: string, sizeBytes: number, members: readonly BtfMember[]) {
  return { kind: "struct", name, sizeBytes, members } as const;
}

function union(name: string, sizeBytes: number, members: readonly BtfMember[]) {
  return { kind: "union", name, sizeBytes, members } as const;
}

function values(kind: "enum" | "enum64", name: string, list: readonly (readonly [string, bigint])[]) {
  return {
    kind,
    name,
    sizeBytes: kind === "enum" ? 4 : 8,
    signed: false,
    values: list.map(([name, value]) => ({ name, value })),
  } as const;
}
