/** Symbol tables, and the relocations that name symbols. */

import { InputError } from "../errors/error.ts";
import { FieldReader, sectionTypes, symbolBytes } from "./format.ts";
import { type ElfFile, type ElfSection, stringAt } from "./read.ts";

/** One symbol, with the numbers of its entry. */
export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** 0: default, 1: internal, 2: hidden, 3: protected. */
  readonly visibility: number;
  /** Index of the section it is in; 0 for none. */
  readonly section: number;
  /** An address, or in relocatable files an offset into the section. */
  readonly value: bigint;
  readonly sizeBytes: number;
}

/** The symbols of a table section, each decoded when it is asked for. */
export interface SymbolTable {
  readonly count: number;
  at(index: number): ElfSymbol;
}

/** Opens a section of type `symtab` or `dynsym`. */
export function readSymbols(file: ElfFile, section: ElfSection): SymbolTable {
  const entryBytes = symbolBytes(file.is64);
  const bytes = file.contents(section);
  const names = file.sections[section.link];
  const strings = names?.type === sectionTypes.strtab ? file.contents(names) : new Uint8Array(0);
  const count = Math.floor(bytes.length / entryBytes);
  return {
    count,
    at(index) {
      if (!(index >= 0 && index < count)) {
        throw new InputError("ELF_NO_SYMBOL", `${file.name}: it has no symbol ${index} in ${section.name}`);
      }
      const entry = bytes.subarray(index * entryBytes, (index + 1) * entryBytes);
      return { index, ...readSymbol(entry, file, strings) };
    },
  };
}

function readSymbol(bytes: Uint8Array, file: ElfFile, strings: Uint8Array): Omit<ElfSymbol, "index"> {
  const fields = new FieldReader(bytes, file);
  const name = stringAt(strings, fields.u32());
  const early = file.is64 ? undefined : { value: fields.address(), sizeBytes: fields.size() };
  const info = fields.u8();
  const other = fields.u8();
  const section = fields.u16();
  const { value, sizeBytes } = early ?? { value: fields.address(), sizeBytes: fields.size() };
  return { name, type: info & 0xf, binding: info >> 4, visibility: other & 3, section, value, sizeBytes };
}

/** A place in a section that depends on a symbol. */
export interface ElfRelocation {
  readonly offset: number;
  readonly type: number;
  readonly symbol: number;
}

/** The relocations of a section of type `rel` in a 64-bit file, by place. */
export function readRelocations(file: ElfFile, section: ElfSection): ElfRelocation[] {
  const entryBytes = section.type === sectionTypes.rela ? 24 : 16;
  const bytes = file.contents(section);
  return Array.from({ length: Math.floor(bytes.length / entryBytes) }, (_, index) => {
    const fields = new FieldReader(bytes.subarray(index * entryBytes, (index + 1) * entryBytes), file);
    const offset = fields.size();
    const info = fields.u64();
    return { offset, type: Number(info & 0xffff_ffffn), symbol: Number(info >> 32n) };
  });
}
