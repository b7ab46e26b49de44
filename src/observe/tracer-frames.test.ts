import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameKind, frame, frameReader, jsonFrame, readRecords, recordHeadBytes } from "./tracer-frames.ts";

const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.uint8Array({ maxLength: 40 })), { maxLength: 8 });

test("frames come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(([kind, bytes]) => frame(kind, bytes)));
      const received: [number, number[]][] = [];
      const take = frameReader((kind, bytes) => received.push([kind, [...bytes]]));
      let at = 0;
      for (let turn = 0; at < stream.length; turn++) {
        const end = at + cuts[turn % cuts.length]!;
        take(stream.subarray(at, end));
        at = end;
      }
      assert.deepEqual(
        received,
        sent.map(([kind, bytes]) => [kind, [...bytes]]),
      );
    }),
  );
});

test("a frame that is not whole waits for its rest", () => {
  const received: number[] = [];
  const take = frameReader((kind) => received.push(kind));
  const whole = jsonFrame(FrameKind.started, { pid: 1 });
  take(whole.subarray(0, whole.length - 1));
  assert.deepEqual(received, []);
  take(whole.subarray(whole.length - 1));
  assert.deepEqual(received, [FrameKind.started]);
});

test("records in a frame are found one behind the other", () => {
  const bytes = new Uint8Array(2 * recordHeadBytes + 3 + 5);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 3, true);
  view.setUint8(recordHeadBytes, 7);
  view.setUint32(recordHeadBytes + 3, 5, true);
  view.setUint8(2 * recordHeadBytes + 3, 8);
  const first: number[] = [];
  readRecords(bytes, (record, offset) => first.push(record.getUint8(offset)));
  assert.deepEqual(first, [7, 8]);
});
