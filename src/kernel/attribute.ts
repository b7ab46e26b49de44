/** `union bpf_attr` of `bpf(2)`, one layout per command (include/uapi/linux/bpf.h). */

import { bytes, i32, struct, u32, u64 } from "../bytes/index.ts";

const objectName = bytes(16);

export const mapCreate = struct({
  mapType: u32,
  keySize: u32,
  valueSize: u32,
  maxEntries: u32,
  mapFlags: u32,
  innerMapFd: u32,
  numaNode: u32,
  mapName: objectName,
  mapIfindex: u32,
  btfFd: u32,
  btfKeyTypeId: u32,
  btfValueTypeId: u32,
  btfVmlinuxValueTypeId: u32,
  mapExtra: u64,
});

/** Look-up, update, delete and next key; `value` is also the address of the next key. */
export const mapElement = struct({ mapFd: u32, key: u64, value: u64, flags: u64 });

/** Many elements at once; `inBatch` and `outBatch` say where the walk is. `count` is written by the kernel too. */
export const mapBatch = struct({
  inBatch: u64,
  outBatch: u64,
  keys: u64,
  values: u64,
  count: u32,
  mapFd: u32,
  elementFlags: u64,
  flags: u64,
});

export const programLoad = struct({
  programType: u32,
  instructionCount: u32,
  instructions: u64,
  license: u64,
  logLevel: u32,
  logSize: u32,
  logBuffer: u64,
  kernelVersion: u32,
  programFlags: u32,
  programName: objectName,
  programIfindex: u32,
  expectedAttachType: u32,
  programBtfFd: u32,
  functionInfoRecordSize: u32,
  functionInfo: u64,
  functionInfoCount: u32,
  lineInfoRecordSize: u32,
  lineInfo: u64,
  lineInfoCount: u32,
  attachBtfId: u32,
  /** The program that is extended, or the BTF of the module that `attachBtfId` is in. */
  attachObjectFd: u32,
  coreRelocationCount: u32,
  descriptors: u64,
});

export const btfLoad = struct({ btf: u64, logBuffer: u64, btfSize: u32, logSize: u32, logLevel: u32 });

export const testRun = struct({
  programFd: u32,
  returnValue: u32,
  dataSizeIn: u32,
  dataSizeOut: u32,
  dataIn: u64,
  dataOut: u64,
  repeat: u32,
  durationNs: u32,
  contextSizeIn: u32,
  contextSizeOut: u32,
  contextIn: u64,
  contextOut: u64,
  flags: u32,
  cpu: u32,
  batchSize: u32,
});

export const rawTracepointOpen = struct({ name: u64, programFd: u32, cookie: u64 });

/** Pinning an object at a path of a BPF file system, and opening it there. */
export const objectPath = struct({ path: u64, fd: u32, flags: u32 });

/** Attaching a program to what has no links: maps of sockets. */
export const programAttach = struct({
  targetFd: u32,
  programFd: u32,
  attachType: u32,
  flags: u32,
  replacedFd: u32,
});

export const iteratorCreate = struct({ linkFd: u32, flags: u32 });

export const enableStatistics = struct({ type: u32 });

export const objectInfo = struct({ fd: u32, infoLength: u32, info: u64 });

/** Walking all objects of a kind, and opening one by its id; `nextId` is what the kernel fills in. */
export const objectId = struct({ id: u32, nextId: u32, openFlags: u32 });

/** One record of `func_info` and `line_info` at program load. */
export const functionInfoRecord = struct({ instructionOffset: u32, typeId: i32 });
export const lineInfoRecord = struct({ instructionOffset: u32, fileNameOffset: u32, lineOffset: u32, lineColumn: u32 });
