/** Types of maps, with the kernel's numbers (`enum bpf_map_type`, `include/uapi/linux/bpf.h`). */
export const mapTypes = {
  hash: 1,
  array: 2,
  programArray: 3,
  perfEventArray: 4,
  perCpuHash: 5,
  perCpuArray: 6,
  stackTrace: 7,
  cgroupArray: 8,
  lruHash: 9,
  lruPerCpuHash: 10,
  lpmTrie: 11,
  arrayOfMaps: 12,
  hashOfMaps: 13,
  deviceMap: 14,
  socketMap: 15,
  cpuMap: 16,
  xdpSocketMap: 17,
  socketHash: 18,
  reuseportSocketArray: 20,
  queue: 22,
  stack: 23,
  socketStorage: 24,
  deviceMapHash: 25,
  structOps: 26,
  ringBuffer: 27,
  inodeStorage: 28,
  taskStorage: 29,
  bloomFilter: 30,
  userRingBuffer: 31,
  cgroupStorage: 32,
  arena: 33,
} as const;

/** Name of a map type: the kernel's, in camel case and in whole words. */
export type MapTypeName = keyof typeof mapTypes;

/** Their names, by number. */
export const mapTypeNames: ReadonlyMap<number, MapTypeName> = new Map(
  Object.entries(mapTypes).map(([name, number]) => [number, name as MapTypeName]),
);

/** Bits of `MapSpec.flags` (`BPF_F_*` of `BPF_MAP_CREATE`). */
export const mapFlags = {
  noPreallocation: 1 << 0,
  noCommonLru: 1 << 1,
  numaNode: 1 << 2,
  readOnlyFromUserspace: 1 << 3,
  writeOnlyFromUserspace: 1 << 4,
  stackBuildId: 1 << 5,
  zeroSeed: 1 << 6,
  readOnlyInProgram: 1 << 7,
  writeOnlyInProgram: 1 << 8,
  clone: 1 << 9,
  mmapable: 1 << 10,
  preserveElements: 1 << 11,
  innerMap: 1 << 12,
} as const;
