import assert from "node:assert/strict";
import { test } from "node:test";
import { add, mov } from "../isa/alu.ts";
import { exit } from "../isa/call.ts";
import { decode } from "../isa/decode.ts";
import { encode } from "../isa/encode.ts";
import { type Instruction, r1, r2 } from "../isa/instruction.ts";
import { load, load64, loadSigned, storeImmediate } from "../isa/memory.ts";
import { print } from "../isa/print.ts";
import type { CoreRelocationKind } from "../spec/collection.ts";
import { applyRelocations } from "./apply.ts";
import { createBtfBuilder } from "./build.ts";
import { readBtf } from "./read.ts";
import type { BtfMember, IntEncoding } from "./types.ts";

/** `struct sock` with the given fields; its id is the last. */
function types(
  fields: readonly (readonly [string, offset: number, sizeBytes: number, IntEncoding | "ptr" | "bits"])[],
) {
  const btf = createBtfBuilder();
  const members = fields.map(([name, offset, sizeBytes, encoding]): BtfMember => {
    const place = { name, bitOffset: offset * 8 };
    if (encoding === "ptr") return { ...place, type: btf.add({ kind: "ptr", type: 0 }) };
    const int = { kind: "int", name: `${encoding}${sizeBytes}`, sizeBytes } as const;
    if (encoding !== "bits") return { ...place, type: btf.add({ ...int, encoding }) };
    return { ...place, type: btf.add({ ...int, encoding: "unsigned" }), bitSize: 3 };
  });
  const root = btf.add({ kind: "struct", name: "sock", sizeBytes: 8, members });
  const mask = { name: "MASK", value: 0xffff_ffffn };
  btf.add({ kind: "enum", name: "flags", sizeBytes: 4, signed: false, values: [mask] });
  return { btf: readBtf(btf.encode()), root };
}

const local = types([
  ["narrow", 0, 4, "unsigned"],
  ["wide", 0, 8, "unsigned"],
  ["number", 0, 4, "signed"],
  ["pointer", 0, 8, "ptr"],
  ["far", 0, 4, "unsigned"],
  ["bits", 0, 4, "unsigned"],
  ["absent", 0, 4, "unsigned"],
]);
const target = types([
  ["narrow", 16, 8, "unsigned"],
  ["wide", 24, 2, "bool"],
  ["number", 32, 8, "signed"],
  ["pointer", 40, 8, "ptr"],
  ["far", 40_000, 4, "unsigned"],
  ["bits", 48, 4, "bits"],
]);

/** The text of `instruction` after a relocation of a field, and what the kernel lacks for it. */
function after(field: string, instruction: Instruction, kind: CoreRelocationKind = "fieldByteOffset") {
  const type = local.btf.type(local.root);
  const index = type.kind === "struct" ? type.members.findIndex(({ name }) => name === field) : -1;
  const relocation = { slot: 0, kind, typeId: local.root, access: `0:${index}` };
  const program = { code: encode([instruction, exit()]), relocations: [relocation] };
  const { code, missing } = applyRelocations(program, local.btf, target.btf);
  return [print(decode(code)[0]!), missing.get(0)];
}

const poisoned = "call unknown#195896080";

test("offsets of loads and stores and immediates are replaced", () => {
  assert.deepEqual(after("pointer", load(8, r1, r2, 0)), ["r1 = *(u64 *)(r2 +40)", undefined]);
  assert.deepEqual(after("pointer", storeImmediate(8, r1, 0, 7)), ["*(u64 *)(r1 +40) = 7", undefined]);
  assert.deepEqual(after("pointer", add.imm(r1, 0)), ["r1 += 40", undefined]);
  assert.deepEqual(after("pointer", mov.imm32(r1, 0), "fieldExists"), ["w1 = 1", undefined]);
  assert.deepEqual(after("absent", mov.imm32(r1, 0), "fieldExists"), ["w1 = 0", undefined]);
  assert.deepEqual(after("far", load64(r1, 0n)), ["r1 = 0x9c40", undefined]);
});

test("a load of an unsigned field takes the size the kernel has", () => {
  assert.deepEqual(after("narrow", load(4, r1, r2, 0)), ["r1 = *(u64 *)(r2 +16)", undefined]);
  assert.deepEqual(after("wide", load(8, r1, r2, 0)), ["r1 = *(u16 *)(r2 +24)", undefined]);
  assert.deepEqual(after("narrow", add.imm(r1, 0)), ["r1 += 16", undefined]);
});

test("what cannot be read becomes the call of a helper that does not exist, with the reason", () => {
  assert.deepEqual(after("absent", load(4, r1, r2, 0)), [poisoned, "sock.absent"]);
  assert.deepEqual(after("number", load(4, r1, r2, 0)), [poisoned, "sock.number of 4 bytes (it has 8 bytes)"]);
  assert.deepEqual(after("bits", load(4, r1, r2, 0)), [poisoned, "sock.bits of 4 bytes (it has single bits)"]);
  const far = "sock.far near enough for a load (its offset is over 32767)";
  assert.deepEqual(after("far", load(4, r1, r2, 0)), [poisoned, far]);
});

test("both slots of a 64-bit load are poisoned", () => {
  const relocation = { slot: 0, kind: "fieldByteOffset", typeId: local.root, access: "0:6" } as const;
  const program = { code: encode([load64(r1, 0n), exit()]), relocations: [relocation] };
  const { code } = applyRelocations(program, local.btf, target.btf);
  assert.deepEqual(decode(code).map(print), [poisoned, poisoned, "exit"]);
});

test("a value that a 64-bit operation would sign-extend is refused, elsewhere it is written", () => {
  const outcome = (instruction: Instruction) => {
    const relocation = { slot: 0, kind: "enumValue", typeId: local.root + 1, access: "0" } as const;
    const program = { code: encode([instruction]), relocations: [relocation] };
    const { code, missing } = applyRelocations(program, local.btf, target.btf);
    return [print(decode(code)[0]!), missing.get(0)];
  };
  assert.deepEqual(outcome(mov.imm(r1, 0)), [poisoned, "flags.MASK that fits 32 bits (it is 4294967295)"]);
  assert.deepEqual(outcome(mov.imm32(r1, 0)), ["w1 = -1", undefined]);
  assert.deepEqual(outcome(load64(r1, 0n)), ["r1 = 0xffffffff", undefined]);
});

test("the program itself stays as it was", () => {
  const relocation = { slot: 0, kind: "fieldByteOffset", typeId: local.root, access: "0:3" } as const;
  const program = { code: encode([load(8, r1, r2, 0)]), relocations: [relocation] };
  const before = program.code.slice();
  applyRelocations(program, local.btf, target.btf);
  assert.deepEqual(program.code, before);
});

test("relocations for instructions that have no place for them are errors", () => {
  assert.throws(() => after("pointer", add.reg(r1, r2)), { code: "BTF_BAD_RELOCATION" });
  assert.throws(() => after("pointer", exit()), { code: "BTF_BAD_RELOCATION" });
  assert.throws(() => after("narrow", loadSigned(4, r1, r2, 0)), { code: "BTF_BAD_RELOCATION" });
  assert.throws(() => after("narrow", load(2, r1, r2, 0)), { code: "BTF_BAD_RELOCATION" });
  for (const slot of [-1, 1, 0.5]) {
    const relocation = { slot, kind: "fieldByteOffset", typeId: local.root, access: "0:3" } as const;
    const program = { code: encode([load(8, r1, r2, 0)]), relocations: [relocation] };
    assert.throws(() => applyRelocations(program, local.btf, target.btf), { code: "BTF_BAD_SLOT" });
  }
});
