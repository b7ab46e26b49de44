/** The maps of random programs: one of each type that means the same in every runtime, with small keys, so that they meet. */

import { type MapSpec, mapFlags } from "../../src/spec/index.ts";

const mapOf = (name: string, type: MapSpec["type"], valueSizeBytes: number, more: Partial<MapSpec> = {}): MapSpec => ({
  ...{ name, type, keySizeBytes: 4, valueSizeBytes, maxEntries: 4, flags: 0, keyTypeId: 0, valueTypeId: 0 },
  ...more,
});

/** Keys that programs use are below this. */
export const keyCount = 5;

/** Maps with keys, which are looked up, updated and deleted. */
export const keyedMaps: readonly MapSpec[] = [
  mapOf("numbers", "array", 16),
  mapOf("flows", "hash", 24),
  mapOf("loose", "hash", 8, { flags: mapFlags.noPreallocation, maxEntries: 8 }),
  // Far more room than keys: which entry the kernel gives up is its own affair.
  mapOf("recent", "lruHash", 16, { maxEntries: 512 }),
  mapOf("counters", "perCpuArray", 16),
  mapOf("own", "perCpuHash", 16, { maxEntries: 8 }),
  mapOf("routes", "lpmTrie", 8, { keySizeBytes: 8, flags: mapFlags.noPreallocation, maxEntries: 8 }),
];
export const sequenceMaps: readonly MapSpec[] = [
  mapOf("waiting", "queue", 8, { keySizeBytes: 0 }),
  mapOf("piled", "stack", 8, { keySizeBytes: 0 }),
];
/** Named by places in their one value. */
export const globalMap = mapOf("global", "array", 32, {
  maxEntries: 1,
  initial: Uint8Array.from({ length: 32 }, (_, at) => at * 7),
});
export const constantMap = mapOf("constants", "array", 16, {
  ...{ maxEntries: 1, flags: mapFlags.readOnlyInProgram, frozen: true },
  initial: Uint8Array.from({ length: 16 }, (_, at) => 255 - at),
});
/** Of the program that tail calls go to, and of places that hold none. */
export const nextProgram = "next";
export const programMap = mapOf("programs", "programArray", 4, { entries: [{ index: 1, name: nextProgram }] });

export const allMaps: readonly MapSpec[] = [...keyedMaps, ...sequenceMaps, globalMap, constantMap, programMap];
