import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { u32, u64 } from "../bytes/index.ts";
import { compileText } from "../compiler/compile.testing.ts";
import { loadCollection } from "./collection.ts";
import { loadedBtfs, loadedLinks, loadedMaps, loadedPrograms } from "./everything-loaded.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { mapInfo } from "./map-info.ts";
import { programInfo } from "./program-info.ts";
import { readRingBuffer } from "./ring-buffer.ts";
import { testRun } from "./test-run.ts";
import { typedMap } from "./typed-map.ts";

const spec = compileText(`
  export const tarsierHits = hash({ key: u32, value: u64, maxEntries: 100 });
  export const tarsierEvents = ringBuffer({ sizeBytes: 4096 });
  export const tarsierCount = rawTracepoint("sys_enter", (number: u64) => {
    if (number !== 4_000_000_000n) return;
    tarsierHits.set(1, 2n);
  });
`);

kernelTest("programs, maps, links and types that are loaded are found, with their names and what they use", () => {
  const collection = loadCollection(spec);
  try {
    const program = programInfo(collection.program("tarsierCount").fd);
    const map = mapInfo(collection.map("tarsierHits").fd);
    const link = collection.attach("tarsierCount").info();
    assert.deepEqual([program.name, program.type, program.isGpl], ["tarsierCount", "rawTracepoint", true]);
    assert.ok(program.mapIds.includes(map.id) && program.instructionCount > 0);
    assert.deepEqual([map.name, map.type, map.maxEntries], ["tarsierHits", "hash", 100]);
    assert.deepEqual([link.type, link.programId], ["rawTracepoint", program.id]);
    assert.deepEqual([...loadedPrograms()].find(({ id }) => id === program.id)?.tag, program.tag);
    assert.ok([...loadedMaps()].some(({ id }) => id === map.id));
    assert.ok([...loadedLinks()].some(({ id }) => id === link.id));
    const types = [...loadedBtfs()];
    assert.ok(types.some(({ name, ofKernel }) => ofKernel && name === "vmlinux"));
    assert.ok(types.some(({ id }) => id === program.btfId));
  } finally {
    collection.close();
  }
});

kernelTest("loading, attaching, reading and closing leave no program, map, link, type or descriptor", async () => {
  // Another test file may load things meanwhile: only what has our names counts.
  const ours = () => ({
    programs: [...loadedPrograms()].filter(({ name }) => name.startsWith("tarsierCount")).length,
    maps: [...loadedMaps()].filter(({ name }) => name.startsWith("tarsierHits") || name.startsWith("tarsierEvents"))
      .length,
    descriptors: readdirSync("/proc/self/fd").length,
  });
  const round = () => {
    const collection = loadCollection(spec);
    const link = collection.attach("tarsierCount");
    const ring = readRingBuffer(collection.map("tarsierEvents"));
    ring.drain(() => {});
    typedMap(collection.map("tarsierHits"), u32, u64).set(1, 1n);
    testRun(collection.program("tarsierCount"), [1n]);
    link.info();
    ring.close();
    link.close();
    collection.close();
    collection.close();
    collection[Symbol.dispose]();
  };
  round();
  const before = ours();
  for (let times = 0; times < 10; times++) round();
  assert.throws(() =>
    loadCollection({ ...spec, programs: [{ ...spec.programs[0]!, hook: { kind: "tpBtf", target: "never" } }] }),
  );
  // The kernel frees what was closed a moment later.
  for (let waited = 0; waited < 250 && ours().programs + ours().maps > 0; waited++) {
    await new Promise((later) => setTimeout(later, 20));
  }
  assert.deepEqual(ours(), { ...before, programs: 0, maps: 0 });
});
