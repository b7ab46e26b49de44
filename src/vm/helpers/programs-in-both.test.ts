/** Compiled programs of one source in the kernel and in the sandbox: the same verdicts, packets and maps. */

import assert from "node:assert/strict";
import { compile } from "../../compiler/index.ts";
import { loadCollection, readRingBuffer, testRun } from "../../kernel/index.ts";
import { kernelTest } from "../../kernel/kernel-tests.testing.ts";
import { possibleProcessorCount } from "../../kernel/processors.ts";
import type { CollectionSpec } from "../../spec/index.ts";
import type { SandboxMap } from "../maps/map.ts";
import { loadSandbox } from "../sandbox.ts";
import { runInSandbox } from "./both-runtimes.testing.ts";

const names =
  "arrayMap, array, arrayOfMaps, numbers, bloomFilter, cancelTimer, cpuMap, hash, lock, lpmTrie, lruHash, perCpuArray, perCpuHash, queue, range, repeat, ringBuffer, spinLock, stack, startTimer, struct, timer, tcxIngress, u8, u16, u32, u64, unlock, xdp, type ValueOf";
const build = (text: string) =>
  compile({ entry: "test.ts", readFile: () => `import { ${names} } from "tarsier/program";\n${text}` });

const packets = [64, 65, 80, 100].map((length) => Uint8Array.from({ length }, (_, index) => (index * length) & 0xff));

interface Left {
  readonly verdicts: readonly number[];
  /** Entries of maps, sorted; records of rings. */
  readonly maps: Readonly<Record<string, readonly string[]>>;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const entry = (key: Uint8Array, value: Uint8Array | undefined) =>
  `${hex(key)}=${value === undefined ? "" : hex(value)}`;
const popping = new Set(["queue", "stack"]);

function leftInKernel(spec: CollectionSpec): Left {
  const collection = loadCollection(spec);
  try {
    const name = spec.programs[0]!.name;
    const verdicts = packets.map((data) => testRun(collection.program(name), { data }).returnValue);
    const maps = spec.maps.map(({ name: mapName, type }) => {
      const map = collection.map(mapName);
      const records: string[] = [];
      if (type === "ringBuffer") {
        const ring = readRingBuffer(map);
        ring.drain((view, offset, length) => {
          records.push(hex(new Uint8Array(view.buffer, view.byteOffset + offset, length)));
        });
        ring.close();
      } else if (popping.has(type)) {
        for (let value = map.take(new Uint8Array()); value !== undefined; value = map.take(new Uint8Array())) {
          records.push(hex(value));
        }
      } else if (type !== "bloomFilter" && type !== "arrayOfMaps")
        records.push(...[...map.keys()].map((key) => entry(key, map.get(key))).sort());
      return [mapName, records] as const;
    });
    return { verdicts, maps: Object.fromEntries(maps) };
  } finally {
    collection.close();
  }
}

function leftInSandbox(spec: CollectionSpec, processor: number): Left {
  const sandbox = loadSandbox(spec, { processors: possibleProcessorCount() });
  sandbox.machine.surroundings.processor = processor;
  const verdicts = packets.map((data) => runInSandbox(sandbox, spec.programs[0]!.name, data).verdict);
  return { verdicts, maps: Object.fromEntries([...sandbox.maps].map(([name, map]) => [name, contentOf(map)])) };
}

function contentOf(map: SandboxMap): readonly string[] {
  const records: string[] = [];
  if (map.ring !== undefined) {
    const { data, producer } = map.ring.memory();
    for (let at = 0; at < Number(producer[0]); ) {
      const header = data.getUint32(at % map.spec.maxEntries, true);
      const length = header & 0x3fff_ffff;
      const offset = data.byteOffset + (at % map.spec.maxEntries) + 8;
      if ((header & 0x4000_0000) === 0) records.push(hex(new Uint8Array(data.buffer, offset, length)));
      at += (length + 15) & ~7;
    }
    return records;
  }
  if (popping.has(map.spec.type)) {
    for (let value = map.take(new Uint8Array()); value !== undefined; value = map.take(new Uint8Array()))
      records.push(hex(value));
    return records;
  }
  // What stands for a map is another number in each runtime.
  if (map.spec.type === "arrayOfMaps") return records;
  return [...map.keys()].map((key) => entry(key, map.get(key))).sort();
}

/** Values of per-CPU maps are on the processor that the kernel chose: it is found by the first that differs from zero. */
function assertSame(text: string): void {
  const spec = build(text);
  const wanted = leftInKernel(spec);
  const got = Array.from({ length: possibleProcessorCount() }, (_, processor) => leftInSandbox(spec, processor));
  const same = got.find((left) => JSON.stringify(left) === JSON.stringify(wanted));
  if (same === undefined) assert.deepEqual(got[0], wanted);
}

kernelTest("hashes, arrays and tries hold the same", () => {
  assertSame(`
    const Key = struct({ prefixLength: u32, bits: array(u8, 4) });
    export const sizes = hash({ key: u32, value: u64, maxEntries: 3 });
    export const recent = lruHash({ key: u32, value: u64, maxEntries: 64 });
    export const totals = arrayMap({ value: u64, maxEntries: 2 });
    export const count = xdp((packet) => {
      const key = packet.length;
      const total = totals.get(1);
      if (total === null) return xdp.aborted;
      totals.set(0, u64(key));
      if (!sizes.set(key, u64(key) * 2n)) return xdp.drop;
      recent.set(key, 1n);
      if (key === 65) { sizes.delete(64); return xdp.transmit; }
      return recent.get(64) === null ? xdp.drop : xdp.pass;
    });`);
});

kernelTest("each processor has values of its own", () => {
  assertSame(`
    export const counts = perCpuArray({ value: u64, maxEntries: 2 });
    export const sizes = perCpuHash({ key: u32, value: u64, maxEntries: 8 });
    export const count = xdp((packet) => {
      counts.set(1, u64(packet.length));
      sizes.set(packet.length, 3n);
      return xdp.pass;
    });`);
});

kernelTest("queues, stacks and rings take the same", () => {
  assertSame(`
    const Seen = struct({ length: u32, turn: u32 });
    export const waiting = queue({ value: Seen, maxEntries: 3 });
    export const last = stack({ value: Seen, maxEntries: 3 });
    export const events = ringBuffer({ sizeBytes: 4096 });
    export const count = xdp((packet) => {
      const seen = Seen.zero();
      seen.length = packet.length;
      seen.turn = 7;
      const taken = waiting.push(seen);
      last.push(seen);
      events.output(seen);
      const record = events.reserve(Seen);
      if (record === null) return xdp.aborted;
      record.length = packet.length + 1;
      record.turn = 8;
      if (packet.length === 80) events.discard(record);
      else events.submit(record);
      return taken ? xdp.pass : xdp.drop;
    });`);
});

kernelTest("functions of the program are called back, and locks are held", () => {
  assertSame(`
    const Totals = struct({ guard: spinLock, packets: u64, bytes: u64 });
    export const totals = arrayMap({ value: Totals, maxEntries: 1 });
    const Pair = struct({ first: u32, second: u32 });
    type Pair = ValueOf<typeof Pair>;
    export const pairs = arrayMap({ value: Pair, maxEntries: 4 });
    export const named = hash({ key: u32, value: Pair, maxEntries: 4 });
    function add(index: u32, pair: Pair, by: u32): boolean { pair.first += by + index; return index < 2; }
    function addAll(key: u32, pair: Pair, by: u32): boolean { pair.second += by + key; return true; }
    export const count = xdp((packet) => {
      const entry = totals.get(0);
      if (entry === null) return xdp.aborted;
      const length = u64(packet.length);
      lock(entry.guard);
      entry.packets += 1n;
      entry.bytes += length;
      unlock(entry.guard);
      pairs.forEach(add, packet.length);
      named.set(packet.length, Pair.zero());
      named.forEach(addAll, 5);
      return xdp.pass;
    });`);
});

kernelTest("prefixes are looked up, and text is logged", () => {
  assertSame(`
    const Net = struct({ prefixLength: u32, bits: u32 });
    type Net = ValueOf<typeof Net>;
    export const nets = lpmTrie({ key: Net, value: u64, maxEntries: 4 });
    export const count = xdp((packet) => {
      const net = Net.zero();
      net.bits = packet.length;
      net.prefixLength = 8;
      nets.set(net, u64(packet.length));
      net.prefixLength = 32;
      return nets.get(net) === null ? xdp.drop : xdp.pass;
    });`);
});

kernelTest("values come off queues and stacks, and Bloom filters know them", () => {
  assertSame(`
    const Seen = struct({ length: u32, turn: u32 });
    export const waiting = queue({ value: Seen, maxEntries: 3 });
    export const last = stack({ value: Seen, maxEntries: 3 });
    export const known = bloomFilter({ value: Seen, maxEntries: 100 });
    export const totals = arrayMap({ value: u64, maxEntries: 4 });
    export const count = xdp((packet) => {
      const seen = Seen.zero();
      if (waiting.pop(seen)) return xdp.aborted;
      seen.length = packet.length;
      seen.turn = 7;
      if (known.has(seen)) return xdp.transmit;
      known.add(seen);
      waiting.push(seen);
      last.push(seen);
      seen.length += 1;
      last.push(seen);
      const next = Seen.zero();
      if (!last.pop(next) || next.length !== packet.length + 1) return xdp.drop;
      if (!last.peek(next)) return xdp.drop;
      totals.set(1, u64(next.length));
      if (!waiting.pop(next)) return xdp.drop;
      totals.set(2, u64(next.length));
      return known.has(next) ? xdp.pass : xdp.drop;
    });`);
});

kernelTest("a step that is repeated stops where it says so", () => {
  assertSame(`
    const Sum = struct({ sum: u32, unused: u32 });
    type Sum = ValueOf<typeof Sum>;
    export const sums = arrayMap({ value: Sum, maxEntries: 1 });
    function add(index: u32, sum: Sum): boolean { sum.sum += index; return index < 2500; }
    export const count = xdp((packet) => {
      const sum = sums.get(0);
      if (sum === null) return xdp.aborted;
      repeat(packet.length * 40, add, sum);
      return xdp.pass;
    });`);
});

const Flow = `
  const Flow = struct({ expiry: timer, started: u64, expired: u64, key: u32 });
  type Flow = ValueOf<typeof Flow>;
  export const flows = hash({ key: u32, value: Flow, maxEntries: 4 });
  function onExpire(key: u32, flow: Flow): void {
    flow.expired += 1n;
    flow.key = key;
  }
  export const count = xdp((packet) => {
    const flow = flows.getOrInsert(7, Flow.zero());
    if (flow === null) return xdp.aborted;
    if (packet.length === 65) { cancelTimer(flow.expiry); return xdp.pass; }
    if (startTimer(flow.expiry, flows, onExpire, 5_000_000n)) flow.started += 1n;
    return xdp.pass;
  });`;
const flowKey = Uint8Array.of(7, 0, 0, 0);

/** Started, expired, key. */
function flowOf(value: Uint8Array | undefined): readonly bigint[] {
  const view = new DataView(value!.buffer, value!.byteOffset);
  assert.equal(view.getBigUint64(0, true), 0n);
  return [view.getBigUint64(16, true), view.getBigUint64(24, true), BigInt(view.getUint32(32, true))];
}

kernelTest("a timer calls its function once, with the entry", async () => {
  const spec = build(Flow);
  const wanted: (readonly bigint[])[] = [];
  const collection = loadCollection(spec);
  try {
    const program = collection.program("count");
    for (const data of [packets[0]!, packets[0]!]) testRun(program, { data });
    wanted.push(flowOf(collection.map("flows").get(flowKey)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    wanted.push(flowOf(collection.map("flows").get(flowKey)));
    for (const data of [packets[0]!, packets[1]!]) testRun(program, { data });
    await new Promise((resolve) => setTimeout(resolve, 50));
    wanted.push(flowOf(collection.map("flows").get(flowKey)));
  } finally {
    collection.close();
  }

  for (const engine of ["interpreter", "wasm"] as const) {
    let nowNs = 1n;
    const sandbox = loadSandbox(spec, { surroundings: { now: () => nowNs }, engine });
    const run = (data: Uint8Array) => sandbox.program("count").run({ data });
    const got: (readonly bigint[])[] = [];
    for (const data of [packets[0]!, packets[0]!]) run(data);
    assert.equal(sandbox.runTimers(), 0);
    got.push(flowOf(sandbox.map("flows").get(flowKey)));
    nowNs += 5_000_000n;
    assert.equal(sandbox.runTimers(), 1);
    assert.equal(sandbox.runTimers(), 0);
    got.push(flowOf(sandbox.map("flows").get(flowKey)));
    for (const data of [packets[0]!, packets[1]!]) run(data);
    nowNs += 50_000_000n;
    assert.equal(sandbox.runTimers(), 0);
    got.push(flowOf(sandbox.map("flows").get(flowKey)));
    assert.deepEqual(got, wanted);
    run(packets[0]!);
    sandbox.map("flows").remove(flowKey);
    nowNs += 50_000_000n;
    assert.equal(sandbox.runTimers(), 0);
  }
});

kernelTest("maps inside maps are found, and written to", () => {
  assertSame(`
    export const first = arrayMap({ value: u64, maxEntries: 2 });
    export const second = arrayMap({ value: u64, maxEntries: 2 });
    export const tables = arrayOfMaps({ inner: first, maxEntries: 3, maps: () => [first, second] });
    export const count = xdp((packet) => {
      const table = tables.get(packet.length - 64);
      if (table === null) return xdp.drop;
      table.set(1, u64(packet.length));
      return xdp.pass;
    });`);
});

kernelTest("the kernel's iterator counts from and to", () => {
  assertSame(`
    export const totals = arrayMap({ value: u64, maxEntries: 4 });
    export const count = xdp((packet) => {
      const total = totals.get(2);
      if (total === null) return xdp.aborted;
      let sum = 0n;
      for (const index of numbers(3, packet.length * 30)) sum += u64(index) ^ 5n;
      totals.set(0, sum);
      return xdp.pass;
    });`);
});
