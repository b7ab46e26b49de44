/**
 * The public face of the language: what a kernel program imports (`tarsier/program`). Userspace may import the same
 * module to get at its schemas; what has a meaning only in the kernel throws there.
 */

export { atomic, byteSwap16, byteSwap32, countTrailingZeros, log2, max, min } from "./arithmetic.ts";
export { config } from "./config.ts";
export {
  fentry,
  fexit,
  type HookKind,
  iterator,
  type Program,
  rawTracepoint,
  socketStorageIterator,
  tpBtf,
} from "./hooks.ts";
export {
  currentAncestorCgroupId,
  currentCgroupId,
  currentProcess,
  currentTask,
  now,
  processorId,
  randomU32,
  socketCookie,
  taskRegisters,
  tcpSocket,
} from "./kernel-functions.ts";
export {
  addressOf,
  enumExists,
  enumValue,
  exists,
  isNull,
  type KernelArray,
  type KernelEnum,
  type KernelStruct,
  kernelPointer,
  type Pointer,
} from "./kernel-types.ts";
export {
  type ArrayMap,
  arrayMap,
  type HashMap,
  hash,
  lruHash,
  type MapDeclaration,
  type ObjectStorage,
  perCpuArray,
  perCpuHash,
  type RingBuffer,
  ringBuffer,
  socketStorage,
  taskStorage,
} from "./maps.ts";
export { repeat } from "./repeat.ts";
export {
  type ArrayType,
  array,
  type ByteString,
  type BytesType,
  bytes,
  type Elements,
  i8,
  i16,
  i32,
  i64,
  readKernel,
  readUser,
  type StructType,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from "./types.ts";
