/** The frame of ELF files in both classes and byte orders (`elf.h`, and the System V ABI, chapters 4 and 5). */

/** `e_machine` of eBPF objects. */
export const machineBpf = 247;

/** `e_type`. */
export const fileTypes = { relocatable: 1, executable: 2, shared: 3 } as const;

/** `sh_type`. */
export const sectionTypes = {
  null: 0,
  progbits: 1,
  symtab: 2,
  strtab: 3,
  rela: 4,
  dynamic: 6,
  note: 7,
  nobits: 8,
  rel: 9,
  dynsym: 11,
} as const;

/** Bits of `sh_flags`. */
export const sectionFlags = { write: 1, alloc: 2, execute: 4, merge: 0x10, strings: 0x20 } as const;

/** `p_type`. */
export const segmentTypes = { load: 1, dynamic: 2, note: 4 } as const;

/** `st_info & 0xf`. */
export const symbolTypes = { none: 0, object: 1, function: 2, section: 3, file: 4, tls: 6, indirect: 10 } as const;

/** `st_info >> 4`. */
export const symbolBindings = { local: 0, global: 1, weak: 2 } as const;

/** `st_shndx` of a symbol that is somewhere else. */
export const undefinedSection = 0;
/** Section indices from here on mean something else than a section. */
export const reservedSections = 0xff00;

/** How numbers are written in one file. */
export interface Encoding {
  readonly is64: boolean;
  readonly littleEndian: boolean;
}

/** Reads fields one after the other, as wide as the class says. */
export class FieldReader {
  readonly #view: DataView;
  readonly #encoding: Encoding;
  #at = 0;

  constructor(bytes: Uint8Array, encoding: Encoding) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#encoding = encoding;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.#encoding.littleEndian);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#encoding.littleEndian);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), this.#encoding.littleEndian);
  }

  /** An address: 32 or 64 bits. */
  address(): bigint {
    return this.#encoding.is64 ? this.u64() : BigInt(this.u32());
  }

  /** An offset or size: what no file has room for becomes a number that no bounds check lets through. */
  size(): number {
    const value = this.address();
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}

/** Bytes of the fixed parts of a file. */
export const headerBytes = (is64: boolean) => (is64 ? 64 : 52);
export const sectionHeaderBytes = (is64: boolean) => (is64 ? 64 : 40);
export const segmentHeaderBytes = (is64: boolean) => (is64 ? 56 : 32);
export const symbolBytes = (is64: boolean) => (is64 ? 24 : 16);
