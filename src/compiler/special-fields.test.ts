/** Locks and timers: fields of a map's values that only the kernel works on. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readBtf } from "../btf/index.ts";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compile } from "./index.ts";

const imports = `import { arrayMap, cancelTimer, hash, lock, spinLock, startTimer, struct, timer, u32, u64, unlock, type ValueOf, xdp } from "tarsier/program";\n`;
const build = (text: string) => compile({ entry: "test.ts", readFile: () => imports + text });
const packet = new Uint8Array(64);

const locked = build(`
  const Totals = struct({ guard: spinLock, packets: u64, bytes: u64 });
  export const totals = arrayMap({ value: Totals, maxEntries: 1 });
  export const count = xdp((packet) => {
    const entry = totals.get(0);
    if (entry === null) return xdp.aborted;
    const length = u64(packet.length);
    lock(entry.guard);
    entry.packets += 1n;
    entry.bytes += length;
    unlock(entry.guard);
    return xdp.pass;
  });`);

test("a lock is the structure that the kernel looks for in a value's type", () => {
  const types = readBtf(locked.btf);
  const value = types.type(locked.maps[0]!.valueTypeId);
  assert.ok(value.kind === "struct");
  const [guard] = value.members;
  const type = types.type(guard!.type);
  assert.ok(type.kind === "struct");
  assert.deepEqual([guard!.name, type.name, type.sizeBytes], ["guard", "bpf_spin_lock", 4]);
});

kernelTest("what is changed under a lock is there when the program is done", () => {
  const collection = loadCollection(locked);
  try {
    for (let turn = 0; turn < 3; turn++) testRun(collection.program("count"), { data: packet });
    const value = collection.map("totals").get(new Uint8Array(4))!;
    const view = new DataView(value.buffer, value.byteOffset);
    assert.deepEqual([view.getBigUint64(8, true), view.getBigUint64(16, true)], [3n, 192n]);
  } finally {
    collection.close();
  }
});

kernelTest("a timer calls its function once, with the entry", async () => {
  const collection = loadCollection(
    build(`
    const Flow = struct({ expiry: timer, started: u64, expired: u64, key: u32 });
    type Flow = ValueOf<typeof Flow>;
    export const flows = hash({ key: u32, value: Flow, maxEntries: 4 });
    function onExpire(key: u32, flow: Flow): void {
      flow.expired += 1n;
      flow.key = key;
    }
    export const count = xdp(() => {
      const flow = flows.getOrInsert(7, Flow.zero());
      if (flow === null) return xdp.aborted;
      if (startTimer(flow.expiry, flows, onExpire, 5_000_000n)) flow.started += 1n;
      return xdp.pass;
    });`),
  );
  try {
    testRun(collection.program("count"), { data: packet });
    const read = () => {
      const value = collection.map("flows").get(new Uint8Array([7, 0, 0, 0]))!;
      const view = new DataView(value.buffer, value.byteOffset);
      return [view.getBigUint64(16, true), view.getBigUint64(24, true), view.getUint32(32, true)];
    };
    for (let wait = 0; wait < 200 && read()[1] === 0n; wait++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(read(), [1n, 1n, 7]);
  } finally {
    collection.close();
  }
});

kernelTest("a timer that is stopped calls nothing", async () => {
  const collection = loadCollection(
    build(`
    const Flow = struct({ expiry: timer, expired: u64, stopped: u64 });
    type Flow = ValueOf<typeof Flow>;
    export const flows = arrayMap({ value: Flow, maxEntries: 1 });
    function onExpire(index: u32, flow: Flow): void {
      flow.expired += 1n;
    }
    export const run = xdp(() => {
      const flow = flows.get(0);
      if (flow === null) return xdp.aborted;
      startTimer(flow.expiry, flows, onExpire, 20_000_000n);
      if (cancelTimer(flow.expiry)) flow.stopped += 1n;
      return xdp.pass;
    });`),
  );
  try {
    testRun(collection.program("run"), { data: packet });
    await new Promise((resolve) => setTimeout(resolve, 60));
    const value = collection.map("flows").get(new Uint8Array(4))!;
    const view = new DataView(value.buffer, value.byteOffset);
    assert.deepEqual([view.getBigUint64(16, true), view.getBigUint64(24, true)], [0n, 1n]);
  } finally {
    collection.close();
  }
});

test("a value with a lock is not copied as a whole", () => {
  const copy = () =>
    build(`
    const Totals = struct({ guard: spinLock, packets: u64 });
    export const totals = arrayMap({ value: Totals, maxEntries: 1 });
    export const run = xdp(() => {
      const entry = totals.get(0);
      if (entry === null) return xdp.pass;
      const own = Totals.copyOf(entry);
      return own.packets > 1n ? xdp.pass : xdp.drop;
    });`);
  assert.throws(copy, /Totals holds what only the kernel works on/);
});
