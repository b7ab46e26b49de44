import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { u32 } from "../bytes/index.ts";
import { compileText } from "../compiler/compile.testing.ts";
import { loadCollection } from "./collection.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { readRingBuffer } from "./ring-buffer.ts";
import { enableStatistics, programStatistics } from "./statistics.ts";
import { testRun } from "./test-run.ts";

const emitter = compileText(`
  const Event = struct({ number: u64, rest: bytes(56) });
  export const events = ringBuffer({ sizeBytes: 4096 });
  export const step = config(u64, 1n);
  export const emit = rawTracepoint("sys_enter", (number: u64) => {
    const event = Event.zero();
    event.number = number * step;
    events.output(event, 64);
  });
`);

const descriptors = () => readdirSync("/proc/self/fd").length;

kernelTest("records come out of a ring buffer whole and in order, also over its end", () => {
  const collection = loadCollection(emitter);
  try {
    const ring = readRingBuffer(collection.map("events"));
    const emit = collection.programs.get("emit")!;
    const seen: bigint[] = [];
    const consume = (view: DataView, offset: number, lengthBytes: number) => {
      assert.equal(lengthBytes, 64);
      seen.push(view.getBigUint64(offset, true));
    };
    for (let number = 0n; number < 300n; number++) {
      testRun(emit, [number]);
      if (number % 7n === 0n) ring.drain(consume);
    }
    ring.drain(consume);
    assert.deepEqual(
      seen,
      Array.from({ length: 300 }, (_, number) => BigInt(number)),
    );
    assert.equal(ring.pendingBytes(), 0);
    ring.close();
  } finally {
    collection.close();
  }
});

kernelTest("configuration is set at load, and an unknown name is refused", () => {
  const collection = loadCollection(emitter, { config: { step: 10 } });
  try {
    const ring = readRingBuffer(collection.map("events"));
    testRun(collection.programs.get("emit")!, [5n]);
    ring.drain((view, offset) => assert.equal(view.getBigUint64(offset, true), 50n));
    ring.close();
  } finally {
    collection.close();
  }
  assert.throws(() => loadCollection(emitter, { config: { stride: 1 } }), /has no configuration `stride`; it has step/);
});

kernelTest("what the verifier refuses is told on its TypeScript line, and nothing is left open", () => {
  // The compiler emits no such program: a helper that this kind of program may not call is put in by hand.
  const [program] = emitter.programs;
  const code = program!.code.slice();
  const call = code.findIndex((byte, index) => index % 8 === 0 && byte === 0x85);
  code.set(u32.encode(0x7fff_ffff), call + 4);
  const before = descriptors();
  assert.throws(
    () => loadCollection({ ...emitter, programs: [{ ...program!, code }] }),
    (error: Error) => {
      assert.match(error.message, /^test\.ts:\d+:\d+: the kernel would refuse this \(emit\): invalid func/);
      return true;
    },
  );
  assert.equal(descriptors(), before);
});

kernelTest("a hook that this kernel does not have is named", () => {
  const absent = compileText(`
    export const never = tpBtf("no_such_tracepoint", (value: u64) => {});
  `);
  assert.throws(() => loadCollection(absent), /this kernel has no tpBtf hook no_such_tracepoint \(for never\)/);
});

kernelTest("loading and closing leaves no descriptor open", () => {
  const before = descriptors();
  for (let round = 0; round < 5; round++) loadCollection(emitter).close();
  assert.equal(descriptors(), before);
});

kernelTest("a record that the reader throws at is passed over, and the next one comes", () => {
  const collection = loadCollection(emitter);
  try {
    const ring = readRingBuffer(collection.map("events"));
    for (const number of [1n, 2n]) testRun(collection.programs.get("emit")!, [number]);
    assert.throws(() =>
      ring.drain(() => {
        throw new Error("cannot bear it");
      }),
    );
    const seen: bigint[] = [];
    ring.drain((view, offset) => void seen.push(view.getBigUint64(offset, true)));
    assert.deepEqual(seen, [2n]);
    ring.close();
    ring.close();
    assert.equal(
      ring.drain(() => assert.fail("nothing is read from a buffer that is closed")),
      0,
    );
  } finally {
    collection.close();
  }
});

kernelTest("a program that was loaded is run with its arguments, and counted while statistics are on", () => {
  const collection = loadCollection(emitter);
  try {
    const emit = collection.programs.get("emit")!;
    const statistics = enableStatistics();
    for (let run = 0; run < 5; run++) testRun(emit, [1n]);
    statistics.close();
    statistics.close();
    const { runCount, recursionMisses } = programStatistics(emit);
    // A test run is not counted by every kernel; what is read must make sense.
    assert.ok(runCount === 0n || runCount === 5n);
    assert.equal(recursionMisses, 0n);
    assert.equal(testRun(emit, [1n]).returnValue, 0);
  } finally {
    collection.close();
  }
});
