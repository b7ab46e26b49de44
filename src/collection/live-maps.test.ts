/** The shapes of a collection's maps over either runtime: what one source says of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Btf, readBtf } from "../btf/index.ts";
import { i32, struct, u32 } from "../bytes/index.ts";
import { compile } from "../compiler/index.ts";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { type MapBytes, typedMap } from "../maps/index.ts";
import { sandboxMapBytes } from "../vm/maps/map-bytes.ts";
import { loadSandbox } from "../vm/sandbox.ts";
import { liveMap } from "./live-maps.ts";

const spec = compile({
  entry: "test.ts",
  readFile:
    () => `import { arrayMap, hash, perCpuArray, queue, ringBuffer, struct, u32, u64, xdp } from "tarsier/program";
    export const Flow = struct({ packets: u32, lost: u32, bytes: u64 });
    export const flows = hash({ key: u32, value: Flow, maxEntries: 8 });
    export const limits = arrayMap({ value: u64, maxEntries: 2 });
    export const counts = perCpuArray({ value: u64, maxEntries: 1 });
    export const waiting = queue({ value: Flow, maxEntries: 2 });
    export const events = ringBuffer({ sizeBytes: 4096 });
    export const run = xdp((packet) => {
      const flow = Flow.zero();
      flow.packets = 1;
      flow.bytes = u64(packet.length);
      flows.set(packet.length, flow);
      waiting.push(flow);
      events.output(flow);
      return limits.get(0) === null || counts.get(0) === null ? xdp.aborted : xdp.pass;
    });`,
});
const btf: Btf = readBtf(spec.btf);
const frame = { data: new Uint8Array(60) };

/** What a user half does with the maps. */
function used(map: (name: string) => MapBytes, run: () => void): readonly unknown[] {
  // biome-ignore lint/suspicious/noExplicitAny: what a map can do is known when it is there
  const live = (name: string): any => liveMap(map(name), btf, (storage) => typedMap(storage, i32, u32));
  const flows = live("flows");
  flows.set(1, { packets: 5, lost: 0, bytes: 7n });
  run();
  run();
  const records: unknown[] = [];
  const events = live("events");
  events.drain((record: unknown) => records.push(record));
  events.drain(struct({ packets: u32 }), (record: unknown) => records.push(record));
  const limits = live("limits");
  limits.set(1, 1n << 40n);
  const waiting = live("waiting");
  const left = [
    [...flows].sort(([one], [other]) => one - other),
    records,
    [...limits.values()],
    live("counts").reduce(0, (sum: bigint, value: bigint) => sum + value, 1n),
    [waiting.push({ packets: 0, lost: 0, bytes: 0n }), waiting.pop(), waiting.peek()],
    flows.take(60),
    flows.clear(),
  ];
  events.close();
  return left;
}

const flow = { packets: 1, lost: 0, bytes: 60n };
const wanted = [
  [
    [1, { packets: 5, lost: 0, bytes: 7n }],
    [60, flow],
  ],
  [flow, flow],
  [0n, 1n << 40n],
  1n,
  [false, flow, flow],
  flow,
  1,
];

test("maps of the sandbox have the shapes of their program", () => {
  const sandbox = loadSandbox(spec, { processors: 2 });
  const program = sandbox.program("run");
  assert.deepEqual(
    used(
      (name) => sandboxMapBytes(sandbox.map(name), sandbox.machine),
      () => program.run(frame),
    ),
    wanted,
  );
});

kernelTest("and so have the kernel's", () => {
  using collection = loadCollection(spec);
  const program = collection.program("run");
  assert.deepEqual(
    used(
      (name) => collection.map(name),
      () => testRun(program, frame),
    ),
    wanted,
  );
});
