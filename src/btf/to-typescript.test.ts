import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseSync } from "oxc-parser";
import { createBtfBuilder } from "./build.ts";
import { readBtf } from "./read.ts";
import { typesToTypeScript } from "./to-typescript.ts";

/** A struct with one of everything. */
function everything() {
  const btf = createBtfBuilder();
  const i32 = btf.add({ kind: "int", name: "int", sizeBytes: 4, encoding: "signed" });
  const u64 = btf.add({ kind: "int", name: "unsigned long", sizeBytes: 8, encoding: "unsigned" });
  const bool = btf.add({ kind: "int", name: "_Bool", sizeBytes: 1, encoding: "bool" });
  const mode = btf.add({
    kind: "enum",
    name: "mode",
    sizeBytes: 4,
    signed: true,
    values: [
      { name: "OFF", value: -1n },
      { name: "ON", value: 1n },
    ],
  });
  const far = btf.add({
    kind: "struct",
    name: "far",
    sizeBytes: 4,
    members: [{ name: "deep", type: i32, bitOffset: 0 }],
  });
  const near = btf.add({
    kind: "struct",
    name: "near",
    sizeBytes: 4,
    members: [{ name: "x", type: i32, bitOffset: 0 }],
  });
  const hidden = btf.add({
    kind: "union",
    name: "",
    sizeBytes: 8,
    members: [
      { name: "as_number", type: u64, bitOffset: 0 },
      { name: "as_pointer", type: btf.add({ kind: "ptr", type: 0 }), bitOffset: 0 },
    ],
  });
  btf.add({
    kind: "struct",
    name: "thing",
    sizeBytes: 64,
    members: [
      { name: "", type: hidden, bitOffset: 0 },
      { name: "value", type: hidden, bitOffset: 64 },
      { name: "flag", type: bool, bitOffset: 128 },
      { name: "three", type: i32, bitOffset: 136, bitSize: 3 },
      { name: "mode", type: mode, bitOffset: 160 },
      { name: "near", type: near, bitOffset: 192 },
      { name: "far", type: btf.add({ kind: "ptr", type: far }), bitOffset: 256 },
      { name: "list", type: btf.add({ kind: "array", element: i32, index: i32, length: 3 }), bitOffset: 320 },
      { name: "odd-name", type: u64, bitOffset: 448 },
    ],
  });
  btf.add({ kind: "struct", name: "class", sizeBytes: 0, members: [] });
  return readBtf(btf.encode());
}

test("a struct becomes an interface, with what it contains and what it only points to", () => {
  assert.equal(
    typesToTypeScript(everything(), ["thing"]),
    `/** Types of the kernel, made by \`tarsier types\`. */

import type { KernelArray, KernelEnum, KernelStruct, Pointer, i32, u64 } from "tarsier/program";

export interface thing extends KernelStruct {
  readonly as_number: u64;
  readonly as_pointer: u64;
  readonly value: KernelStruct & {
    readonly as_number: u64;
    readonly as_pointer: u64;
  };
  readonly flag: boolean;
  readonly three: i32; // 3 bits
  readonly mode: KernelEnum;
  readonly near: near;
  readonly far: Pointer<far>;
  readonly list: KernelArray<i32, 3>;
  readonly "odd-name": u64;
}

export interface near extends KernelStruct {
  readonly x: i32;
}

export interface far extends KernelStruct {}
`,
  );
});

test("an enum becomes a table of its values, and a reserved word gets a name that is none", () => {
  const text = typesToTypeScript(everything(), ["mode", "class"]);
  assert.match(text, /export const mode = \{\n {2}OFF: -1,\n {2}ON: 1,\n\} as const;/);
  assert.match(text, /export interface class_ extends KernelStruct \{\}/);
  assert.throws(() => typesToTypeScript(everything(), ["nothing"]), { code: "TYPE_ABSENT" });
});

const path = "/sys/kernel/btf/vmlinux";

test("the kernel's largest types parse as TypeScript", { skip: existsSync(path) ? false : `no ${path}` }, () => {
  const kernel = readBtf(readFileSync(path));
  const text = typesToTypeScript(kernel, ["task_struct", "sock", "tcp_sock", "sk_buff", "file", "iter_type"]);
  assert.deepEqual(parseSync("vmlinux.ts", text).errors, []);
  assert.match(text, /readonly skc_dport: u16;/);
  const names = [...text.matchAll(/^export (?:interface|const) (\w+)/gm)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length);
});
