import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRights } from "./rights.ts";

function control(level: number, type: number, data: readonly number[]): Uint8Array {
  const length = 16 + 4 * data.length;
  const bytes = new Uint8Array((length + 7) & ~7);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, level, true);
  view.setInt32(12, type, true);
  data.forEach((value, index) => {
    view.setInt32(16 + 4 * index, value, true);
  });
  return bytes;
}

test("descriptors are found among other control messages (cmsg(3))", () => {
  const credentials = control(1, 2, [1, 2, 3]);
  const rights = control(1, 1, [7, 8, 9]);
  assert.deepEqual(parseRights(Uint8Array.of(...credentials, ...rights, ...control(1, 1, [10]))), [7, 8, 9, 10]);
  assert.deepEqual(parseRights(credentials), []);
});

test("control data that a program made up harm nobody", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.ok(parseRights(bytes).length <= bytes.length / 4);
    }),
  );
  const endless = control(1, 1, [3]);
  new DataView(endless.buffer).setBigUint64(0, 0n, true);
  assert.deepEqual(parseRights(endless), []);
});
