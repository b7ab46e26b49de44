/** Writes the frame of a relocatable ELF64 file: sections, symbols and relocations in, bytes out. Deterministic. */

import { struct, u8, u16, u32, u64 } from "../../bytes/index.ts";
import {
  fileTypes,
  headerBytes,
  machineBpf,
  sectionHeaderBytes,
  sectionTypes,
  symbolBindings,
  symbolBytes,
  symbolTypes,
  undefinedSection,
} from "../format.ts";

/** A section to be. */
export interface NewSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly alignment: number;
  readonly bytes: Uint8Array;
  /** For a section without bytes in the file: how many it has in memory. */
  readonly sizeBytes?: number;
  readonly relocations?: readonly NewRelocation[];
}

export interface NewSymbol {
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** The name of its section; absent when it is defined elsewhere. */
  readonly section?: string;
  readonly value: number;
  readonly sizeBytes: number;
}

/** A place that depends on a symbol. */
export interface NewRelocation {
  readonly offset: number;
  readonly type: number;
  readonly symbol: NewSymbol;
}

const FileHeader = struct({
  magic: u32,
  fileClass: u8,
  byteOrder: u8,
  version: u8,
  system: u8,
  padding: u64,
  type: u16,
  machine: u16,
  fileVersion: u32,
  entry: u64,
  segmentOffset: u64,
  sectionOffset: u64,
  flags: u32,
  headerBytes: u16,
  segmentBytes: u16,
  segmentCount: u16,
  sectionBytes: u16,
  sectionCount: u16,
  namesIndex: u16,
});
const SectionHeader = struct({
  name: u32,
  type: u32,
  flags: u64,
  address: u64,
  offset: u64,
  sizeBytes: u64,
  link: u32,
  info: u32,
  alignment: u64,
  entryBytes: u64,
});
const Symbol = struct({ name: u32, info: u8, other: u8, section: u16, value: u64, sizeBytes: u64 });
const Relocation = struct({ offset: u64, info: u64 });

const magic = 0x464c457f;

/** A section with its header's fields; those of the reader's tables are filled in below. */
interface PlacedSection extends NewSection {
  readonly link?: number;
  readonly info?: number;
  readonly entryBytes?: number;
}

/** The bytes of a file with these sections, their relocations, and these symbols. */
export function writeElf(given: readonly NewSection[], symbols: readonly NewSymbol[]): Uint8Array {
  const strings = new StringTable();
  // Index 0 is no section; what is given follows; then its relocations, the symbols and the strings.
  const indexOf = new Map(given.map(({ name }, index) => [name, index + 1]));
  const relocated = given.filter(({ relocations = [] }) => relocations.length > 0);
  const symtab = 1 + given.length + relocated.length;
  const ordered = [...symbols].sort((one, other) => Number(isGlobal(one)) - Number(isGlobal(other)));
  const symbolIndex = new Map(ordered.map((symbol, index) => [symbol, index + 1]));
  const table = { type: sectionTypes.symtab, flags: 0, alignment: 8, link: symtab + 1, entryBytes: symbolBytes(true) };
  const sections: PlacedSection[] = [
    ...given,
    ...relocated.map((section) => relocationSection(section, indexOf.get(section.name)!, symtab, symbolIndex)),
    {
      ...table,
      name: ".symtab",
      info: 1 + ordered.filter((symbol) => !isGlobal(symbol)).length,
      bytes: join([
        new Uint8Array(symbolBytes(true)),
        ...ordered.map((symbol) => encodeSymbol(symbol, indexOf, strings)),
      ]),
    },
  ];
  for (const { name } of sections) strings.offset(name);
  strings.offset(".strtab");
  sections.push({ name: ".strtab", type: sectionTypes.strtab, flags: 0, alignment: 1, bytes: strings.encode() });
  return layOut(sections, strings);
}

const isGlobal = ({ binding }: NewSymbol) => binding !== symbolBindings.local;

function encodeSymbol(symbol: NewSymbol, indexOf: ReadonlyMap<string, number>, strings: StringTable): Uint8Array {
  const { name, type, binding, section, value, sizeBytes } = symbol;
  return Symbol.encode({
    name: type === symbolTypes.section ? 0 : strings.offset(name),
    info: type | (binding << 4),
    other: 0,
    section: section === undefined ? undefinedSection : indexOf.get(section)!,
    value: BigInt(value),
    sizeBytes: BigInt(sizeBytes),
  });
}

function relocationSection(
  { name, relocations = [] }: NewSection,
  target: number,
  symtab: number,
  symbolIndex: ReadonlyMap<NewSymbol, number>,
): PlacedSection {
  const entries = relocations.map(({ offset, type, symbol }) => {
    const info = (BigInt(symbolIndex.get(symbol)!) << 32n) | BigInt(type);
    return Relocation.encode({ offset: BigInt(offset), info });
  });
  const bytes = join(entries);
  return {
    name: `.rel${name}`,
    type: sectionTypes.rel,
    flags: 0,
    alignment: 8,
    bytes,
    link: symtab,
    info: target,
    entryBytes: 16,
  };
}

function layOut(sections: readonly PlacedSection[], strings: StringTable): Uint8Array {
  let end = headerBytes(true);
  const placed = sections.map((section) => {
    const offset = Math.ceil(end / section.alignment) * section.alignment;
    end = offset + section.bytes.length;
    return { section, offset };
  });
  const sectionOffset = Math.ceil(end / 8) * 8;
  const stride = sectionHeaderBytes(true);
  const file = new Uint8Array(sectionOffset + (placed.length + 1) * stride);
  const header = { system: 0, padding: 0n, entry: 0n, segmentOffset: 0n, flags: 0, segmentBytes: 0, segmentCount: 0 };
  file.set(
    FileHeader.encode({
      ...header,
      ...{ magic, fileClass: 2, byteOrder: 1, version: 1, fileVersion: 1 },
      type: fileTypes.relocatable,
      machine: machineBpf,
      sectionOffset: BigInt(sectionOffset),
      headerBytes: headerBytes(true),
      sectionBytes: stride,
      sectionCount: placed.length + 1,
      namesIndex: placed.length,
    }),
  );
  placed.forEach(({ section, offset }, index) => {
    const {
      name,
      type,
      flags,
      alignment,
      bytes,
      sizeBytes = bytes.length,
      link = 0,
      info = 0,
      entryBytes = 0,
    } = section;
    file.set(bytes, offset);
    const fields = { name: strings.offset(name), type, flags: BigInt(flags), address: 0n, offset: BigInt(offset) };
    const rest = {
      sizeBytes: BigInt(sizeBytes),
      link,
      info,
      alignment: BigInt(alignment),
      entryBytes: BigInt(entryBytes),
    };
    file.set(SectionHeader.encode({ ...fields, ...rest }), sectionOffset + (index + 1) * stride);
  });
  return file;
}

/** Strings, each followed by a zero byte; the first is empty. */
class StringTable {
  readonly #offsets = new Map([["", 0]]);
  #length = 1;

  offset(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#length;
    this.#offsets.set(text, offset);
    this.#length += Buffer.byteLength(text) + 1;
    return offset;
  }

  encode(): Uint8Array {
    return Buffer.from([...this.#offsets.keys()].map((text) => `${text}\0`).join(""));
  }
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
