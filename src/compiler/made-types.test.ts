/** Types that are made in place, of fields that several have, and types of parameters that say too little. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText, imports } from "./compile.testing.ts";
import { refusedByTypeScript } from "./typescript.testing.ts";

const onPackets = `import { xdp, type ByteString } from "tarsier/program";`;

const viewOf = (type: string, before = "") => `${onPackets} ${before}
  export const filter = xdp((packet) => {
    const data = packet.view(${type}, 14);
    return data === null || data.load(u32, 4) !== 7 ? xdp.pass : xdp.drop;
  });`;

test("a type may be made where it is wanted", () => {
  const named = compileText(viewOf("Data", "const Data = bytes(8);"));
  const made = compileText(viewOf("bytes(2 * size)", "const size = 4;"));
  assert.deepEqual(made.programs[0]!.code, named.programs[0]!.code);
});

test("but not of what only the program knows", () => {
  const text = viewOf("bytes(size)", "const size = 4;").replace("const data", "const size = packet.length; const data");
  assert.throws(() => compileText(text), /not in the language: size is known only while the program runs/);
});

const Written = "struct({ id: u32, count: u64, kind: u16, port: u16 })";
const fields = "const identity = { id: u32, count: u8 };";
const mapOf = (type: string, before = "") => `${before} const Entry = ${type};
  export const entries = arrayMap({ value: Entry, maxEntries: 1 });
  export const run = rawTracepoint("sys_enter", (a: u64) => {
    const entry = entries.get(0);
    if (entry === null) return;
    entry.id = 1;
    entry.count = a;
    entry.port = 3;
  });`;

test("fields of an object are spread into a struct; what stands later under a name counts", () => {
  const spread = mapOf("struct({ ...identity, count: u64, ...{ kind: u16 }, port: u16 })", fields);
  assert.ok(!refusedByTypeScript(new Map([["spread", imports + spread]])).has("spread"));
  const [made, written] = [compileText(spread), compileText(mapOf(Written))];
  assert.deepEqual([made.maps, made.programs[0]!.code], [written.maps, written.programs[0]!.code]);
});

test("what has no fields to be spread is an error that says what has", () => {
  const spread = (before: string) => () => compileText(mapOf("struct({ ...identity, count: u64, port: u16 })", before));
  assert.throws(spread("const identity = struct({ id: u32 });"), {
    message: /a type has no fields to be spread/,
    details: /name the fields as an object of their own/,
  });
  assert.throws(spread("const identity = { id: 4 };"), /a type is wanted here, not a number/);
});

test("a byte string or an array as a parameter needs a type that says its length", () => {
  const text = `${onPackets} function first(data: ByteString): u32 { return data.load(u32, 0); }
    export const filter = xdp(() => xdp.pass);`;
  assert.throws(() => compileText(text), {
    message: /ByteString says nothing of how long a byte string is/,
    details: /name its type, `const Name = bytes\(16\)`, and write `ValueOf<typeof Name>` here/,
  });
});
