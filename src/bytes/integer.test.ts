import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes } from "./byte-string.ts";
import { i8, i32, i64, integers, u8, u16, u32, u64 } from "./integer.ts";

test("a cast wraps to its width, as in C", () => {
  assert.equal(u16(70_000), 4464);
  assert.equal(u32(-1), 0xffff_ffff);
  assert.equal(u8(0x1ffn), 255);
  assert.equal(i8(200), -56);
  assert.equal(i32(2 ** 31), -(2 ** 31));
  assert.equal(u64(-1), 2n ** 64n - 1n);
  assert.equal(i64(2n ** 63n), -(2n ** 63n));
});

test("a cast cuts a fraction off towards zero and refuses what is no number", () => {
  assert.equal(i32(-1.9), -1);
  assert.equal(u64(1.9), 1n);
  assert.throws(() => u32(Number.NaN), { code: "BYTES_NOT_A_NUMBER" });
  assert.throws(() => u64(Number.POSITIVE_INFINITY), { code: "BYTES_NOT_A_NUMBER" });
});

test("a cast is a schema with a name, a size and a sign", () => {
  assert.deepEqual(
    integers.map(({ name, sizeBytes, alignment, signed }) => [name, sizeBytes, alignment, signed]),
    [
      ["u8", 1, 1, false],
      ["u16", 2, 2, false],
      ["u32", 4, 4, false],
      ["u64", 8, 8, false],
      ["i8", 1, 1, true],
      ["i16", 2, 2, true],
      ["i32", 4, 4, true],
      ["i64", 8, 8, true],
    ],
  );
});

test("writing a value that does not fit is an error, never a silent wrap", () => {
  for (const value of [-1, 70_000, 1.5, Number.NaN]) {
    assert.throws(() => u16.encode(value), { code: "BYTES_OUT_OF_RANGE" });
  }
  assert.throws(() => u64.encode(-1n), { code: "BYTES_OUT_OF_RANGE" });
  assert.throws(() => u64.encode(1 as unknown as bigint), { code: "BYTES_OUT_OF_RANGE" });
  assert.throws(() => u16.encode(1n as unknown as number), { code: "BYTES_OUT_OF_RANGE" });
});

test("a short byte string is filled with zeros, a long one is an error", () => {
  assert.deepEqual([...bytes(4).encode(new Uint8Array([1, 2]))], [1, 2, 0, 0]);
  assert.throws(() => bytes(1).encode(new Uint8Array(2)), { code: "BYTES_OUT_OF_RANGE" });
  assert.throws(() => bytes(0), { code: "BYTES_BAD_LENGTH" });
});
