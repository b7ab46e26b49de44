/** The writers of contexts, against the layouts that everything else is written with. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  array,
  bytes,
  defineHook,
  type FieldTypes,
  struct,
  u8,
  u16,
  u16be,
  u32,
  u64,
  u64be,
} from "../program/index.ts";
import { contextAt } from "../vm/index.ts";
import { testMachine } from "../vm/machine.testing.ts";
import { parseIp6 } from "./addresses.ts";
import { contextCodec } from "./context-codec.ts";

const field = fc.oneof(
  fc.tuple(fc.constantFrom(u8, u16, u16be, u32), fc.nat(255)),
  fc.tuple(fc.constantFrom(u64, u64be), fc.bigInt(0n, 2n ** 64n - 1n)),
  fc
    .integer({ min: 1, max: 20 })
    .chain((length) => fc.tuple(fc.constant(bytes(length)), fc.uint8Array({ minLength: length, maxLength: length }))),
  fc.tuple(fc.constant(array(u16, 3)), fc.array(fc.nat(65_535), { minLength: 3, maxLength: 3 })),
);

test("a context lies in memory as its layout says, and writable fields are read back", () => {
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 8 }), fc.nat(8), (fields, writableCount) => {
      const named = fields.map(([type, value], index) => [`f${index}`, type, value] as const);
      const context = struct(Object.fromEntries(named.map(([name, type]) => [name, type])) as FieldTypes);
      const writable = named.slice(0, writableCount).map(([name]) => name);
      const { definition } = defineHook({ name: "tried", context, writable: writable as never, returns: { none: 0 } });
      const machine = testMachine();
      const values = Object.fromEntries(named.map(([name, , value]) => [name, value as unknown]));
      const codec = contextCodec(machine, definition);
      codec.write(values);
      const got = machine.u8.slice(contextAt, contextAt + definition.layout.sizeBytes);
      assert.deepEqual(got, definition.layout.encode(values as never));

      const back: Record<string, unknown> = {};
      codec.readBack(back);
      assert.deepEqual(back, Object.fromEntries(writable.map((name) => [name, values[name]])));
    }),
  );
});

test("text is UTF-8, cut off at the end of its field, and what is left out is zero", () => {
  const { definition } = defineHook({
    name: "tried",
    context: struct({ text: bytes(8), size: u64 }),
    returns: { none: 0 },
  });
  const machine = testMachine();
  const codec = contextCodec(machine, definition);
  const written = (text: string) => {
    codec.write({ text });
    return Buffer.from(machine.u8.slice(contextAt, contextAt + 16))
      .toString("latin1")
      .replaceAll("\0", ".");
  };
  assert.equal(written("a long text"), "a long t........");
  assert.equal(written("ab"), "ab..............");
  assert.equal(written("é"), "\u00c3\u00a9..............");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      codec.write({ text });
      const whole = new Uint8Array(8);
      new TextEncoder().encodeInto(text, whole);
      assert.deepEqual(machine.u8.slice(contextAt, contextAt + 8), whole);
    }),
  );
});

test("numbers of 64 bits may be given as numbers", () => {
  const { definition } = defineHook({ name: "tried", context: struct({ a: u64, b: u64be }), returns: { none: 0 } });
  const machine = testMachine();
  const codec = contextCodec(machine, definition);
  fc.assert(
    fc.property(fc.maxSafeNat(), (number) => {
      codec.write({ a: number, b: number });
      assert.equal(machine.view.getBigUint64(contextAt, true), BigInt(number));
      assert.equal(machine.view.getBigUint64(contextAt + 8), BigInt(number));
    }),
  );
});

test("IPv6 addresses are read however they are written", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const words = parseIp6(text);
      const groups = words.flatMap((word) => [Math.floor(word / 65_536), word % 65_536]);
      const url = (address: string) => new URL(`http://[${address}]/`).hostname;
      assert.equal(url(groups.map((group) => group.toString(16)).join(":")), url(text));
    }),
  );
});
