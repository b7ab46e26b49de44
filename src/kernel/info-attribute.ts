/** What the kernel tells of its objects (`struct bpf_map_info`, `bpf_prog_info`, `bpf_link_info`, `bpf_btf_info`). */

import { bytes, struct, u32, u64 } from "../bytes/index.ts";

export const MapInfo = struct({
  type: u32,
  id: u32,
  keySize: u32,
  valueSize: u32,
  maxEntries: u32,
  flags: u32,
  name: bytes(16),
  interfaceIndex: u32,
  kernelValueTypeId: u32,
  networkDevice: u64,
  networkInode: u64,
  btfId: u32,
  keyTypeId: u32,
  valueTypeId: u32,
  kernelBtfId: u32,
  extra: u64,
});

/** The head of `struct bpf_prog_info`, as far as the counters of runs. */
export const ProgramInfo = struct({
  type: u32,
  id: u32,
  tag: bytes(8),
  jitedLength: u32,
  translatedLength: u32,
  jitedInstructions: u64,
  translatedInstructions: u64,
  loadTime: u64,
  createdByUid: u32,
  mapCount: u32,
  mapIds: u64,
  name: bytes(16),
  interfaceIndex: u32,
  gplCompatible: u32,
  networkDevice: u64,
  networkInode: u64,
  jitedSymbolCount: u32,
  jitedFunctionLengthCount: u32,
  jitedSymbols: u64,
  jitedFunctionLengths: u64,
  btfId: u32,
  functionInfoRecordSize: u32,
  functionInfo: u64,
  functionInfoCount: u32,
  lineInfoCount: u32,
  lineInfo: u64,
  jitedLineInfo: u64,
  jitedLineInfoCount: u32,
  lineInfoRecordSize: u32,
  jitedLineInfoRecordSize: u32,
  programTagCount: u32,
  programTags: u64,
  runTimeNs: u64,
  runCount: u64,
  recursionMisses: u64,
});

/** The head of `bpf_link_info`; what follows depends on the type. */
export const LinkInfo = struct({ type: u32, id: u32, programId: u32, padding: u32, rest: bytes(112) });

export const BtfInfo = struct({ btf: u64, btfSize: u32, id: u32, name: u64, nameLength: u32, kernelBtf: u32 });
