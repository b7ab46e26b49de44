/** The Linux runtime: what makes a `CollectionSpec` live. */

export { configMapName, type KernelCollection, type LoadOptions, loadCollection } from "./collection.ts";
export { errnoName } from "./errno.ts";
export { type KernelLink, runIterator } from "./link.ts";
export { type Machine, thisMachine } from "./machine.ts";
export type { KernelMap } from "./map.ts";
export type { KernelProgram } from "./program.ts";
export { type RecordConsumer, type RingBufferReader, readRingBuffer } from "./ring-buffer.ts";
export { enableStatistics, type ProgramStatistics, programStatistics } from "./statistics.ts";
export { type TestRunResult, testRun } from "./test-run.ts";
export { perCpuValues, type TypedMap, typedMap } from "./typed-map.ts";
export { hookTypeId, kernelTypes, releaseKernelTypes } from "./vmlinux.ts";
