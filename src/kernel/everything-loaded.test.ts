import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { u32, u64 } from "../bytes/index.ts";
import { compileText } from "../compiler/compile.testing.ts";
import { typedMap } from "../maps/index.ts";
import { loadCollection } from "./collection.ts";
import { loadedBtfs, loadedLinks, loadedMaps, loadedPrograms } from "./everything-loaded.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { mapInfo } from "./map-info.ts";
import { programInfo } from "./program-info.ts";
import { readRingBuffer } from "./ring-buffer.ts";
import { testRun } from "./test-run.ts";

// Another run of this file may load the same meanwhile: names of this process tell them apart. They have 15 characters.
const own = process.pid.toString(36);
const names = { program: `count_${own}`, hits: `hits_${own}`, events: `events_${own}` };
const spec = compileText(`
  export const ${names.hits} = hash({ key: u32, value: u64, maxEntries: 100 });
  export const ${names.events} = ringBuffer({ sizeBytes: 4096 });
  export const ${names.program} = rawTracepoint("sys_enter", (number: u64) => {
    if (number !== 4_000_000_000n) return;
    ${names.hits}.set(1, 2n);
  });
`);

kernelTest("programs, maps, links and types that are loaded are found, with their names and what they use", () => {
  const collection = loadCollection(spec);
  try {
    const program = programInfo(collection.program(names.program).fd);
    const map = mapInfo(collection.map(names.hits).fd);
    const link = collection.attach(names.program).info();
    assert.deepEqual([program.name, program.type, program.isGpl], [names.program, "rawTracepoint", true]);
    assert.ok(program.mapIds.includes(map.id) && program.instructionCount > 0);
    assert.deepEqual([map.name, map.type, map.maxEntries], [names.hits, "hash", 100]);
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
  const ours = () => ({
    programs: [...loadedPrograms()].filter(({ name }) => name === names.program).length,
    maps: [...loadedMaps()].filter(({ name }) => name === names.hits || name === names.events).length,
    descriptors: readdirSync("/proc/self/fd").length,
  });
  const round = () => {
    const collection = loadCollection(spec);
    const link = collection.attach(names.program);
    const ring = readRingBuffer(collection.map(names.events));
    ring.drain(() => {});
    typedMap(collection.map(names.hits), u32, u64).set(1, 1n);
    testRun(collection.program(names.program), [1n]);
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
