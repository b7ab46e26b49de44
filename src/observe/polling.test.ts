import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordConsumer, RingBufferReader } from "../kernel/index.ts";
import { poll } from "./polling.ts";

/** A ring buffer that holds `bursts`, one at each look. */
function ringOf(bursts: number[]): RingBufferReader {
  const view = new DataView(new ArrayBuffer(8));
  return {
    drain(consume) {
      const count = bursts.shift() ?? 0;
      for (let record = 0; record < count; record++) consume(view, 0, 8);
      return count;
    },
    discarded: () => 0,
    pendingBytes: () => 0,
    close: () => {},
  };
}

test("each burst of records is followed by one flush, and no records by none", async () => {
  const heard: string[] = [];
  const consume: RecordConsumer = () => void heard.push("record");
  const polling = poll(ringOf([2, 0, 1]), consume, () => void heard.push("flush"));
  await sleep(200);
  polling.stop();
  assert.deepEqual(heard, ["record", "record", "flush", "record", "flush"]);
});

test("what is there now can be read at once, and after stopping nothing more is", async () => {
  const heard: string[] = [];
  const polling = poll(
    ringOf([1, 1, 1]),
    () => void heard.push("record"),
    () => {},
  );
  polling.drain();
  assert.equal(heard.length, 1);
  polling.stop();
  await sleep(100);
  assert.equal(heard.length, 1);
});

test("a failure to read is told once, and ends the reading", async () => {
  let looks = 0;
  const polling = poll(
    ringOf([1, 1, 1]),
    () => {
      looks++;
      throw new Error("a record that nobody can read");
    },
    () => {},
  );
  await assert.rejects(polling.failed, /nobody can read/);
  await sleep(100);
  assert.equal(looks, 1);
});
