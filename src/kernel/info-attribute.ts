/** What the kernel tells of its objects (`struct bpf_map_info`, `bpf_link_info`, `bpf_btf_info`). */

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

/** The head of `bpf_link_info`; what follows depends on the type. */
export const LinkInfo = struct({ type: u32, id: u32, programId: u32, padding: u32, rest: bytes(112) });

export const BtfInfo = struct({ btf: u64, btfSize: u32, id: u32, name: u64, nameLength: u32, kernelBtf: u32 });
