import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, struct, u8, u16, u32, u64 } from "../bytes/index.ts";
import { compileText } from "../compiler/compile.testing.ts";
import { decoderOf } from "../maps/index.ts";
import { loadCollection } from "./collection.ts";
import { epollOn } from "./epoll.ts";
import { eventRing, type ReadingTimes } from "./event-ring.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { testRun } from "./test-run.ts";

const Event = struct({ number: u64, process: u32, port: u16, kind: u8 });

test("a decoder reads what its schema reads, structs in structs too", () => {
  const Inner = struct({ one: u16, text: bytes(3) });
  const Outer = struct({ first: u8, inner: Inner, last: u64 });
  const memory = Uint8Array.from({ length: Outer.sizeBytes + 5 }, (_, index) => index * 7);
  const view = new DataView(memory.buffer);
  assert.deepEqual(decoderOf(Outer)(view, 5), Outer.read(view, 5));
});

const emitter = compileText(`
  const Event = struct({ number: u64, process: u32, port: u16, kind: u8 });
  export const events = ringBuffer({ sizeBytes: 65536 });
  export const emit = rawTracepoint("sys_enter", (number: u64) => {
    const event = Event.zero();
    event.number = number;
    event.process = 7;
    event.port = 443;
    event.kind = 2;
    events.output(event);
  });
`);

kernelTest("events come out as objects, on a timer", async () => {
  const collection = loadCollection(emitter);
  const ring = eventRing(collection.map("events"), Event);
  try {
    const when: ReadingTimes = { by: "timer", intervalMs: 5 };
    const seen = await new Promise<unknown>((resolve) => {
      ring.start(resolve, when);
      testRun(collection.program("emit"), [5n]);
    });
    assert.deepEqual(seen, { number: 5n, process: 7, port: 443, kind: 2 });
  } finally {
    ring.close();
    ring.close();
    collection.close();
  }
});

kernelTest("a consumer that throws ends the reading, and the error is told", async () => {
  const collection = loadCollection(emitter);
  const ring = eventRing(collection.map("events"), Event);
  try {
    const { failed } = ring.start(
      () => {
        throw new RangeError("cannot bear it");
      },
      { by: "timer", intervalMs: 1 },
    );
    testRun(collection.program("emit"), [1n]);
    await assert.rejects(failed, RangeError);
  } finally {
    ring.close();
    collection.close();
  }
});

kernelTest("the thread that waits sleeps until the kernel wakes it, and each burst is read", async () => {
  // The compiler's rings wake nobody (flag 1 of bpf_ringbuf_output): here the flag is taken out by hand.
  const [program] = emitter.programs;
  const collection = loadCollection({ ...emitter, programs: [{ ...program!, code: withWakeup(program!.code) }] });
  const ring = eventRing(collection.map("events"), Event);
  try {
    const epoll = epollOn(collection.map("events").fd);
    assert.equal(epoll.wait(0), false);
    const seen: bigint[] = [];
    let arrived = () => {};
    const { failed } = ring.start(
      ({ number }) => {
        seen.push(number);
        arrived();
      },
      { by: "wakeup" },
    );
    for (const number of [1n, 2n, 3n]) {
      const next = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      testRun(collection.program("emit"), [number]);
      await Promise.race([next, failed]);
    }
    assert.deepEqual(seen, [1n, 2n, 3n]);
    epoll.close();
  } finally {
    ring.close();
    collection.close();
  }
});

/** The code with `r4 = 1`, the flags of the output, made `r4 = 0`. */
function withWakeup(code: Uint8Array): Uint8Array {
  const changed = code.slice();
  const view = new DataView(changed.buffer);
  let count = 0;
  for (let at = 0; at < changed.length; at += 8) {
    if ((changed[at] === 0xb7 || changed[at] === 0xb4) && changed[at + 1] === 4 && view.getInt32(at + 4, true) === 1) {
      view.setInt32(at + 4, 0, true);
      count++;
    }
  }
  assert.equal(count, 1);
  return changed;
}
