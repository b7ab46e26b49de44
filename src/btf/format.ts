/** The frame of a BTF file: header, then types, then strings (`struct btf_header` and `btf_type` of `linux/btf.h`). */

import { struct, u8, u16, u32 } from "../bytes/index.ts";

export const btfMagic = 0xeb9f;

export const BtfHeader = struct({
  magic: u16,
  version: u8,
  flags: u8,
  headerBytes: u32,
  /** From the end of the header, as `stringOffset`. */
  typeOffset: u32,
  typeBytes: u32,
  stringOffset: u32,
  stringBytes: u32,
});

/** Every type begins with three words: name, info, and a size or another type. */
export const typeWords = 3;

/** The second word of a type: kind, number of parts, and a flag whose meaning depends on the kind. */
export function packInfo(kind: number, parts: number, flag: boolean): number {
  return (parts | (kind << 24) | (flag ? 1 << 31 : 0)) >>> 0;
}

export const partsOf = (info: number): number => info & 0xffff;
export const kindOf = (info: number): number => (info >>> 24) & 0x1f;
export const flagOf = (info: number): boolean => info >>> 31 === 1;

/** Numbers of an integer's encoding. */
export const intEncodings = { unsigned: 0, signed: 1, char: 2, bool: 4 } as const;
