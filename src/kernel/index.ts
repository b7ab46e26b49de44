/** The Linux runtime: what makes a `CollectionSpec` live. */

export {
  type BloomFilter,
  bloomFilter,
  type Decoder,
  decoderOf,
  type MapBytes,
  type MappedArray,
  mappedArray,
  type PerCpuMap,
  perCpuMap,
  perCpuValues,
  type QueueMap,
  queueMap,
  type RecordConsumer,
  type ReferenceMap,
  type RingBufferReader,
  referenceMap,
  type StackTraceMap,
  stackTraceMap,
  type TypedMap,
  typedMap,
  type UpdateMode,
} from "../maps/index.ts";
export { type AttachOptions, type AttachOptionsByKind, attachProgram } from "./attach.ts";
export type {
  AtInterface,
  AtKernelFunction,
  AtKernelFunctions,
  AtNetfilter,
  AtSamples,
  AtTracepoint,
  AtTrafficControl,
  AtUserFunction,
  AtUserFunctions,
  AtUserProbe,
  AtXdp,
  InCgroup,
  InNamespace,
  NetworkNamespace,
  OnSocket,
  OnSocketMap,
  OverObjects,
  WithCookie,
} from "./attach-options.ts";
export type { BtfDescription } from "./btf-info.ts";
export { type KernelCollection, loadCollection } from "./collection.ts";
export { createMap, createMapWith, freezeMap } from "./create-map.ts";
export { errnoName } from "./errno.ts";
export { type EventRing, eventRing, type ReadingTimes } from "./event-ring.ts";
export { loadedBtfs, loadedLinks, loadedMaps, loadedPrograms } from "./everything-loaded.ts";
export { configNumber, kernelConfig, kernelVersionNumber } from "./kernel-config.ts";
export { kernelAddress, kernelFunctionsLike } from "./kernel-symbols.ts";
export { type KernelLink, runIterator } from "./link.ts";
export { type LinkDescription, type LinkTypeName, linkInfo, linkTypes } from "./link-info.ts";
export type { LoadOptions, VerifierLogLevel } from "./load-options.ts";
export { type LoadedKind, loadedIds } from "./loaded.ts";
export { type Machine, thisMachine } from "./machine.ts";
export type { KernelMap } from "./map.ts";
export { type MapDescription, mapInfo } from "./map-info.ts";
export { openMapById, openPinnedMap } from "./open-map.ts";
export { defaultPinDirectory, unpin } from "./pin.ts";
export { probeHelper, probeHook } from "./probe.ts";
export { probeMap } from "./probe-maps.ts";
export type { ProbeResult } from "./probe-result.ts";
export { onlineProcessors, possibleProcessorCount } from "./processors.ts";
export type { KernelProgram } from "./program.ts";
export { type ProgramDescription, programInfo } from "./program-info.ts";
export { hookRequirements, mapRequirements, type Requirement } from "./requirements.ts";
export { readRingBuffer } from "./ring-buffer.ts";
export { innerMap, type StorageMap, storageMap } from "./special-maps.ts";
export { enableStatistics, type ProgramStatistics, programStatistics } from "./statistics.ts";
export { testRun } from "./test-run.ts";
export { functionOffset, staticProbes } from "./user-functions.ts";
export { hookTypeId, kernelTypes, releaseKernelTypes } from "./vmlinux.ts";
