/** Live maps of any runtime: their bytes, and the shapes that are put over them. */

export { type Decoder, decoderOf } from "./decoder.ts";
export {
  align8,
  type EntryWriter,
  type MapBytes,
  type MapCalls,
  mapErrno,
  type UpdateMode,
  update,
  updateModes,
  type WalkStep,
  writeFailure,
} from "./map-bytes.ts";
export { ownedReader } from "./owned-reader.ts";
export { type RecordConsumer, type RingBufferReader, type RingMemory, ringReader } from "./ring-reader.ts";
export {
  type BloomFilter,
  bloomFilter,
  type MappedArray,
  mappedArray,
  type QueueMap,
  queueMap,
  type ReferenceMap,
  referenceMap,
  type StackTraceMap,
  stackTraceMap,
} from "./special-maps.ts";
export { type PerCpuMap, perCpuMap, perCpuValues, type TypedMap, typedMap } from "./typed-map.ts";
