/**
 * What a compiler or an object reader returns and a runtime takes: plain, deterministic data.
 * Positions in code are slots: units of 8 bytes, where a 64-bit immediate load takes two.
 */

import type { HookSpec } from "./hooks.ts";
import type { LogSpec } from "./log.ts";
import type { MapTypeName } from "./map-types.ts";

/** A map before it exists. */
export interface MapSpec {
  readonly name: string;
  readonly type: MapTypeName;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  /** Entries, or bytes for a ring buffer (a power of two and a multiple of the page size). */
  readonly maxEntries: number;
  /** Bits of `BPF_F_*` for `BPF_MAP_CREATE`. */
  readonly flags: number;
  /** Type ids in the collection's BTF; 0 for none. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** Types that the kernel is not told: of the records that programs send to a ring buffer, of a queue's or stack's values. */
  readonly recordTypeIds?: readonly number[];
  /** `BPF_MAP_CREATE`'s `map_extra`: the number of hash functions of a bloom filter. */
  readonly extra?: number;
  /** What the maps inside a map of maps are like. */
  readonly inner?: MapSpec;
  /** The value of entry 0 at load time: global variables, or a constant section. */
  readonly initial?: Uint8Array;
  /** Nobody may write to it once it is loaded. */
  readonly frozen?: boolean;
  /** What stands in it at load time, by the name of a program (program arrays) or map (maps of maps). */
  readonly entries?: readonly MapEntrySpec[];
  /** Shared by name under the pin directory of the load options. */
  readonly pinned?: boolean;
}

/** One entry that a map holds from the start. */
export interface MapEntrySpec {
  readonly index: number;
  readonly name: string;
}

/** One value set once, at load time: a field of the frozen map `.rodata`. */
export interface ConfigSpec {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly initial: bigint;
}

/** A variable that programs share and change: `sizeBytes` at `offset` of the one entry of `map`. */
export interface GlobalSpec {
  readonly name: string;
  readonly map: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Its type in the collection's BTF, where it is known. */
  readonly typeId?: number;
}

/** A 64-bit immediate load at `slot` that takes the address of a map, or of a place in a one-entry map's value. */
export interface MapReference {
  readonly slot: number;
  readonly map: string;
  /** Absent: the map itself. Present: that byte of its value. */
  readonly valueOffset?: number;
}

/** A call at `slot` to a function of the kernel (kfunc), found by its name in the kernel's types when it is loaded. */
export interface KernelFunctionReference {
  readonly slot: number;
  readonly name: string;
  /** Where the kernel has none, the call is not made: reaching it is the program's fault. */
  readonly weak: boolean;
}

/** A 64-bit immediate load at `slot` that takes the address of a kernel symbol; zero if it is weak and absent. */
export interface KernelSymbolReference {
  readonly slot: number;
  readonly name: string;
  readonly weak: boolean;
  /** By its type in BTF, as a pointer that can be read; or the bare address from `/proc/kallsyms`. */
  readonly typed: boolean;
}

/** A value of the kernel's build configuration, written into a map's initial value when it is loaded. */
export interface KernelConfigReference {
  readonly map: string;
  readonly offset: number;
  readonly sizeBytes: 1 | 2 | 4 | 8;
  /** `CONFIG_HZ`, or `LINUX_KERNEL_VERSION`. */
  readonly name: string;
  readonly weak: boolean;
}

/**
 * Kinds of CO-RE relocation, with the kernel's numbers (`enum bpf_core_relo_kind`).
 */
export const coreRelocationKinds = {
  fieldByteOffset: 0,
  fieldByteSize: 1,
  fieldExists: 2,
  fieldSigned: 3,
  fieldLeftShift: 4,
  fieldRightShift: 5,
  typeIdLocal: 6,
  typeIdTarget: 7,
  typeExists: 8,
  typeSize: 9,
  enumValueExists: 10,
  enumValue: 11,
  typeMatches: 12,
} as const;

/** A name of `coreRelocationKinds`. */
export type CoreRelocationKind = keyof typeof coreRelocationKinds;

/** An instruction whose offset or immediate depends on the running kernel's types. */
export interface CoreRelocation {
  readonly slot: number;
  readonly kind: CoreRelocationKind;
  /** The root type, in the collection's BTF. */
  readonly typeId: number;
  /** Member indices joined by `:`, the first an array index of the root (`0:2:1`); for enums the value's index. */
  readonly access: string;
}

/** The source of the instructions from `slot` on. Offsets are into the string section of the collection's BTF. */
export interface LineInfo {
  readonly slot: number;
  readonly fileNameOffset: number;
  readonly textOffset: number;
  readonly line: number;
  readonly column: number;
}

/** The function that begins at `slot`; `typeId` is its `FUNC` in the collection's BTF. */
export interface FunctionInfo {
  readonly slot: number;
  readonly typeId: number;
}

/** A program before it is loaded. */
export interface ProgramSpec {
  readonly name: string;
  readonly hook: HookSpec;
  /** Encoded instructions, little-endian, 8 bytes a slot (RFC 9669, section 3). */
  readonly code: Uint8Array;
  readonly maps: readonly MapReference[];
  readonly relocations: readonly CoreRelocation[];
  readonly functions: readonly FunctionInfo[];
  readonly lines: readonly LineInfo[];
  readonly kernelFunctions?: readonly KernelFunctionReference[];
  readonly kernelSymbols?: readonly KernelSymbolReference[];
}

/** Programs and the maps they share, as one unit of loading. */
export interface CollectionSpec {
  readonly name: string;
  /** Licence string for the kernel. GPL-only helpers need a compatible one ("Dual MIT/GPL"). */
  readonly license: string;
  readonly maps: readonly MapSpec[];
  readonly config: readonly ConfigSpec[];
  readonly globals?: readonly GlobalSpec[];
  readonly programs: readonly ProgramSpec[];
  /** What each `console.log` of the source says, by the index in its records. */
  readonly logs?: readonly LogSpec[];
  readonly kernelConfig?: readonly KernelConfigReference[];
  /** BTF of the collection's own types: map keys and values, functions, and the kernel types it relocates against. */
  readonly btf: Uint8Array;
}
