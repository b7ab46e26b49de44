import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../errors/error.ts";
import { array } from "./array.ts";
import { bytes } from "./byte-string.ts";
import { type Integer, i8, i64, integers, u8, u16, u32, u64 } from "./integer.ts";
import type { Layout, ValueOf } from "./layout.ts";
import type { Schema } from "./schema.ts";
import { type Struct, struct } from "./struct.ts";

const offsets = (type: Struct) => Object.fromEntries(type.fields.map(({ name, offset }) => [name, offset]));

test("fields lie where a C compiler for a 64-bit machine puts them", () => {
  const mixed = struct({ a: u8, b: u32, c: u16, d: u64, e: u8 });
  assert.deepEqual(offsets(mixed), { a: 0, b: 4, c: 8, d: 16, e: 24 });
  assert.equal(mixed.sizeBytes, 32);
  assert.equal(mixed.alignment, 8);

  // struct sockaddr_in6 of <netinet/in.h>.
  const socketAddress = struct({ family: u16, port: u16, flow: u32, address: bytes(16), scope: u32 });
  assert.deepEqual(offsets(socketAddress), { family: 0, port: 2, flow: 4, address: 8, scope: 24 });
  assert.equal(socketAddress.sizeBytes, 28);

  // A struct of its own alignment inside another, and an odd byte string at the end.
  const outer = struct({ flag: u8, inner: struct({ n: u64, m: u8 }), parts: array(u16, 3), tail: bytes(3) });
  assert.deepEqual(offsets(outer), { flag: 0, inner: 8, parts: 24, tail: 30 });
  assert.equal(outer.sizeBytes, 40);
});

test("a struct decodes to a plain object of its fields", () => {
  const Key = struct({ port: u16, cookie: u64, address: bytes(4), counts: array(u32, 2) });
  const memory = new Uint8Array(32);
  memory.set([0x90, 0x1f], 0);
  memory.set([1, 0, 0, 0, 0, 0, 0, 0x80], 8);
  memory.set([127, 0, 0, 1], 16);
  memory.set([5, 0, 0, 0, 6], 20);
  const key: ValueOf<typeof Key> = Key.decode(new DataView(memory.buffer));
  assert.deepEqual(key, {
    port: 8080,
    cookie: 0x8000000000000001n,
    address: new Uint8Array([127, 0, 0, 1]),
    counts: [5, 6],
  });
});

test("padding is written as zeros, also over old bytes", () => {
  const Padded = struct({ a: u8, b: u32, c: u8 });
  const memory = new Uint8Array(14).fill(0xff);
  const written = Padded.encode({ a: 1, b: 2, c: 3 }, new DataView(memory.buffer), 1);
  assert.deepEqual([...written], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
  assert.deepEqual([memory[0], memory[13]], [0xff, 0xff]);
});

test("zero() is the value of all-zero bytes", () => {
  const Key = struct({ port: u16, parts: array(i64, 2), name: bytes(2) });
  assert.deepEqual(Key.zero(), { port: 0, parts: [0n, 0n], name: new Uint8Array(2) });
});

test("memory that is too short is an error, at any offset", () => {
  const Key = struct({ a: u32, b: i8 });
  const view = new DataView(new ArrayBuffer(9));
  assert.doesNotThrow(() => Key.decode(view, 1));
  for (const offset of [2, 9, 100, -1]) assert.throws(() => Key.decode(view, offset), InputError);
  assert.throws(() => Key.encode({ a: 0, b: 0 }, view, 2), { code: "BYTES_TOO_SHORT" });
});

test("names that are no C identifier are refused", () => {
  for (const name of ["", "1", "a b", "a-b", "__proto__"]) {
    assert.throws(() => struct({ [name]: u8 }), { code: "BYTES_BAD_FIELD" });
  }
});

/** A random schema with a generator of its values. */
interface Sample {
  readonly schema: Schema;
  readonly value: fc.Arbitrary<unknown>;
}

function integerSample(schema: Integer<number> | Integer<bigint>): Sample {
  const lowest = schema.signed ? -(2n ** BigInt(schema.sizeBytes * 8 - 1)) : 0n;
  const value = fc.bigInt({ min: lowest, max: lowest + 2n ** BigInt(schema.sizeBytes * 8) - 1n });
  return { schema, value: schema.sizeBytes === 8 ? value : value.map(Number) };
}

const samples = fc.letrec<{ any: Sample; struct: Sample }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...integers).map(integerSample),
    fc.integer({ min: 1, max: 20 }).map((n) => ({
      schema: bytes(n),
      value: fc.uint8Array({ minLength: n, maxLength: n }),
    })),
    fc.tuple(tie("any"), fc.integer({ min: 1, max: 4 })).map(([element, n]) => ({
      schema: array(element.schema, n),
      value: fc.array(element.value, { minLength: n, maxLength: n }),
    })),
    tie("struct"),
  ),
  struct: fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), tie("any"), { maxKeys: 6 }).map((fields) => ({
    schema: struct(Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]))),
    value: fc.record(Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value])), {
      noNullPrototype: true,
    }),
  })),
}));

test("what was encoded decodes to the same value, whatever the schema", () => {
  const cases = samples.struct.chain(({ schema, value }) => value.map((sample) => ({ schema, sample })));
  fc.assert(
    fc.property(cases, fc.nat({ max: 9 }), ({ schema, sample }, offset) => {
      const type = schema as Layout<unknown>;
      const view = new DataView(new ArrayBuffer(offset + type.sizeBytes + 3));
      assert.equal(type.encode(sample, view, offset).length, type.sizeBytes);
      assert.deepEqual(type.decode(view, offset), sample);
    }),
  );
});
