import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteWriter } from "./byte-writer.ts";

/** A number of LEB128, read as the specification says. */
function read(bytes: Uint8Array, signed: boolean): bigint {
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if ((byte & 128) !== 0) continue;
    return signed && (byte & 64) !== 0 ? value - (1n << shift) : value;
  }
  throw new Error("the last byte says that more follow");
}

test("numbers are read as they were written", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const wide = byteWriter(1);
      wide.signed64(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      assert.equal(read(wide.written(), true), value);
      const signed = byteWriter(1);
      signed.signed32(Number(BigInt.asIntN(32, value)));
      assert.equal(read(signed.written(), true), BigInt.asIntN(32, value));
      const unsigned = byteWriter(1);
      unsigned.unsigned(Number(BigInt.asUintN(32, value)));
      assert.equal(read(unsigned.written(), false), BigInt.asUintN(32, value));
    }),
  );
});

test("small numbers take one byte", () => {
  for (const value of [-64, -1, 0, 63]) {
    const writer = byteWriter();
    writer.signed32(value);
    assert.equal(writer.length, 1, String(value));
  }
});
