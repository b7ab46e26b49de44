/** Against the running kernel's own types, and against bpftool's reading of them where it is installed. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { CoreRelocationKind } from "../spec/collection.ts";
import { createBtfBuilder } from "./build.ts";
import { type Btf, readBtf } from "./read.ts";
import { relocate } from "./relocate.ts";
import type { BtfMember, BtfType } from "./types.ts";

const path = "/sys/kernel/btf/vmlinux";
const skip = existsSync(path) ? false : `this kernel has no ${path}`;
const kernel = skip ? undefined! : readBtf(readFileSync(path));

/** A relocation of a chain of structs, each of one member: `[["sock", "__sk_common"], ["sock_common", "skc_dport"]]`. */
function relocated(
  kind: CoreRelocationKind,
  chain: readonly (readonly [string, string])[],
  sizeBytes: number,
): unknown {
  const btf = createBtfBuilder();
  let type = btf.add({ kind: "int", name: "leaf", sizeBytes, encoding: "unsigned" });
  for (const [struct, name] of chain.toReversed()) {
    const members = [{ name, type, bitOffset: 0 }];
    type = btf.add({ kind: "struct", name: struct, sizeBytes, members });
  }
  const relocation = { slot: 0, kind, typeId: type, access: `0${":0".repeat(chain.length)}` };
  const outcome = relocate(readBtf(btf.encode()), kernel, relocation);
  return outcome.kind === "value" ? Number(outcome.value) : `no ${outcome.text} ${outcome.reason}`.trimEnd();
}

/** The offset of a member in bytes by a walk of its own: every named member, depth first. */
function offsetByWalk(struct: string, name: string): number {
  const search = (type: BtfType, base: number): number | undefined => {
    if (type.kind !== "struct" && type.kind !== "union") return undefined;
    for (const member of type.members) {
      const at = base + member.bitOffset;
      const found = member.name === name ? at : member.name === "" ? search(kernel.type(member.type), at) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(kernel.type(kernel.find(struct, "struct")!), 0)! / 8;
}

test("fields of sockets, processes and iterators are found in the running kernel", { skip }, () => {
  const common = offsetByWalk("sock", "__sk_common");
  const dport = [
    ["sock", "__sk_common"],
    ["sock_common", "skc_dport"],
  ] as const;
  assert.equal(relocated("fieldByteOffset", dport, 2), common + offsetByWalk("sock_common", "skc_dport"));
  assert.equal(relocated("fieldByteSize", dport, 2), 2);

  const sent = [["tcp_sock", "bytes_sent"]] as const;
  assert.equal(relocated("fieldExists", sent, 8), 1);
  assert.equal(relocated("fieldByteOffset", sent, 8), offsetByWalk("tcp_sock", "bytes_sent"));
  assert.equal(relocated("fieldExists", [["tcp_sock", "bytes_never"]], 8), 0);
  assert.equal(relocated("fieldByteOffset", [["tcp_sock", "bytes_never"]], 8), "no tcp_sock.bytes_never");
});

test("a field inside an unnamed union of the kernel is found through it", { skip }, () => {
  const local = createBtfBuilder();
  const pointer = local.add({ kind: "ptr", type: 0 });
  const members: BtfMember[] = [{ name: "__iov", type: pointer, bitOffset: 0 }];
  const typeId = local.add({ kind: "struct", name: "iov_iter", sizeBytes: 8, members });
  const relocation = { slot: 0, kind: "fieldByteOffset", typeId, access: "0:0" } as const;
  const outcome = relocate(readBtf(local.encode()), kernel, relocation);
  assert.equal(outcome.kind === "value" ? Number(outcome.value) : outcome.text, offsetByWalk("iov_iter", "__iov"));
});

test("values of the kernel's enums are found", { skip }, () => {
  const local = createBtfBuilder();
  const values = [{ name: "ITER_UBUF", value: 99n }];
  const typeId = local.add({ kind: "enum", name: "iter_type", sizeBytes: 4, signed: false, values });
  const outcome = relocate(readBtf(local.encode()), kernel, { slot: 0, kind: "enumValue", typeId, access: "0" });
  const iterType = kernel.type(kernel.find("iter_type", "enum")!);
  const expected = iterType.kind === "enum" && iterType.values.find(({ name }) => name === "ITER_UBUF")?.value;
  assert.equal(outcome.kind === "value" && outcome.value, expected);
});

test("relocating the kernel's types against themselves gives their own offsets", { skip }, () => {
  let count = 0;
  for (let typeId = 1; typeId < kernel.count && count < 2000; typeId++) {
    const type = kernel.type(typeId);
    if (type.kind !== "struct" || type.name === "" || kernel.findFlavours(type.name, "struct").length > 1) continue;
    type.members.forEach((member, index) => {
      if (member.name === "" || member.bitSize !== undefined) return;
      const relocation = { slot: 0, kind: "fieldByteOffset", typeId, access: `0:${index}` } as const;
      const outcome = relocate(kernel, kernel, relocation);
      assert.equal(outcome.kind === "value" && Number(outcome.value) * 8, member.bitOffset, outcome.text);
      count++;
    });
  }
});

test("reading the kernel's types makes no object of each", { skip }, () => {
  const bytes = readFileSync(path);
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  const btf = readBtf(bytes);
  const milliseconds = performance.now() - started;
  const heap = process.memoryUsage().heapUsed - before;
  assert.ok(btf.count > 10_000);
  assert.ok(heap < 1_000_000, `${heap} bytes of heap`);
  // Twenty times what it takes, for slow and busy machines.
  assert.ok(milliseconds < 200, `${milliseconds} ms`);
});

/** What bpftool says of a type, in its own words. */
interface Dumped {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly nr_elems?: number;
  readonly members?: readonly { name: string; type_id: number; bits_offset: number; bitfield_size?: number }[];
  readonly values?: readonly { name: string; val: number }[];
  readonly params?: readonly { name: string; type_id: number }[];
}

test("every type reads as bpftool reads it", { skip: skip || !hasBpftool() ? "no bpftool or no BTF" : false }, () => {
  const text = execFileSync("bpftool", ["-j", "btf", "dump", "file", path], { maxBuffer: 1 << 30, encoding: "utf8" });
  const { types } = JSON.parse(text) as { types: readonly Dumped[] };
  assert.equal(kernel.count, types.length + 1);
  for (const dumped of types) {
    assert.equal(kernel.kind(dumped.id).toUpperCase().replace("PROTO", "_PROTO").replace("TAG", "_TAG"), dumped.kind);
    compare(kernel, dumped);
  }
});

/** bpftool prints this for names that are absent. */
const named = (name: string) => (name === "(anon)" ? "" : name);

function compare(btf: Btf, dumped: Dumped): void {
  const type = btf.type(dumped.id);
  if ("name" in type) assert.equal(type.name, named(dumped.name));
  if ("sizeBytes" in type) assert.equal(type.sizeBytes, dumped.size);
  if ("type" in type) assert.equal(type.type, dumped.type_id);
  if (type.kind === "array") assert.equal(type.length, dumped.nr_elems);
  if ("members" in type) {
    const expected = dumped.members!.map(({ name, type_id, bits_offset, bitfield_size = 0 }) => ({
      name: named(name),
      type: type_id,
      bitOffset: bits_offset,
      ...(bitfield_size > 0 && { bitSize: bitfield_size }),
    }));
    assert.deepEqual(type.members, expected);
  }
  if ("values" in type) {
    type.values.forEach(({ name, value }, index) => {
      const { name: otherName, val } = dumped.values![index]!;
      assert.equal(name, otherName);
      // bpftool sign-extends unsigned values above 31 bits, and JSON numbers hold no more than 53.
      if (Number.isSafeInteger(val)) assert.equal(value, BigInt(val), name);
    });
  }
  if (type.kind === "funcProto") {
    assert.deepEqual(
      type.parameters.map((parameter) => [parameter.name, parameter.type]),
      dumped.params!.map(({ name, type_id }) => [named(name), type_id]),
    );
  }
}

function hasBpftool(): boolean {
  try {
    execFileSync("bpftool", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
