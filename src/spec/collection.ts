/**
 * What a compiler or an object reader returns and a runtime takes: plain, deterministic data.
 * Positions in code are slots: units of 8 bytes, where a 64-bit immediate load takes two.
 */

/** Names of map types, as in the kernel's `enum bpf_map_type` without its prefix, in camel case. */
export type MapTypeName =
  | "hash"
  | "array"
  | "perCpuHash"
  | "perCpuArray"
  | "lruHash"
  | "ringBuffer"
  | "socketStorage"
  | "taskStorage";

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
}

/** One value set once, at load time: a field of the frozen map `.rodata`. */
export interface ConfigSpec {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly initial: bigint;
}

/** Where a program runs. `target` is the tracepoint, function or iterator it is for. */
export type HookSpec =
  | { readonly kind: "tpBtf"; readonly target: string }
  | { readonly kind: "rawTracepoint"; readonly target: string }
  | { readonly kind: "fentry"; readonly target: string }
  | { readonly kind: "fexit"; readonly target: string }
  /** An iterator; `map` names the map it walks, where it walks one. */
  | { readonly kind: "iterator"; readonly target: string; readonly map?: string };

/** A 64-bit immediate load at `slot` that takes the address of a map, or of a place in a one-entry map's value. */
export interface MapReference {
  readonly slot: number;
  readonly map: string;
  /** Absent: the map itself. Present: that byte of its value. */
  readonly valueOffset?: number;
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
}

/** Programs and the maps they share, as one unit of loading. */
export interface CollectionSpec {
  readonly name: string;
  /** Licence string for the kernel. GPL-only helpers need a compatible one ("Dual MIT/GPL"). */
  readonly license: string;
  readonly maps: readonly MapSpec[];
  readonly config: readonly ConfigSpec[];
  readonly programs: readonly ProgramSpec[];
  /** BTF of the collection's own types: map keys and values, functions, and the kernel types it relocates against. */
  readonly btf: Uint8Array;
}
