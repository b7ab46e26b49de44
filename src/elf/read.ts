/** Reads the frame of an ELF file: header, sections, segments. Their contents are read when somebody asks. */

import { InputError } from "../errors/error.ts";
import {
  type Encoding,
  FieldReader,
  headerBytes,
  sectionHeaderBytes,
  sectionTypes,
  segmentHeaderBytes,
} from "./format.ts";
import type { ElfSource } from "./source.ts";

/** One section, with the numbers of its header. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
  readonly info: number;
  readonly entryBytes: number;
}

/** What is mapped into memory when a program runs, or a part of that. */
export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** A file whose headers have been read; what its sections hold is read when it is asked for. */
export interface ElfFile extends Encoding {
  /** For errors. */
  readonly name: string;
  readonly type: number;
  readonly machine: number;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  /** The first section of that name. */
  section(name: string): ElfSection | undefined;
  /** The bytes of a section; none for one without bytes in the file. */
  contents(section: ElfSection): Uint8Array;
  /** Bytes anywhere in the file; an error where it has none. */
  read(offset: number, length: number, what: string): Uint8Array;
}

/** More than any real file has; a bound for what a broken one may claim. */
const mostHeaders = 1 << 20;

/** Reads a file of either class and byte order; an `InputError` with an `ELF_…` code when it is none or is broken. */
export function readElf(source: ElfSource): ElfFile {
  const { name } = source;
  const read = (offset: number, length: number, what: string): Uint8Array => {
    if (!(offset >= 0 && length >= 0 && offset + length <= source.sizeBytes)) {
      throw new InputError("ELF_CUT_OFF", `${name}: ${what} would lie outside the file of ${source.sizeBytes} bytes`);
    }
    return source.read(offset, length);
  };
  const encoding = readIdentification(read(0, Math.min(16, source.sizeBytes), "its beginning"), name);
  const header = readHeader(read(0, headerBytes(encoding.is64), "its header"), encoding);
  const sections = readSections(header, encoding, read, name);
  const segments = readSegments(header, encoding, read, name);
  const byName = new Map(sections.toReversed().map((section) => [section.name, section]));
  return {
    name,
    ...encoding,
    type: header.type,
    machine: header.machine,
    sections,
    segments,
    section: (wanted) => byName.get(wanted),
    contents: ({ type, offset, sizeBytes, name: part }) =>
      type === sectionTypes.nobits ? new Uint8Array(0) : read(offset, sizeBytes, `the section ${part}`),
    read,
  };
}

type Read = ElfFile["read"];

function readIdentification(bytes: Uint8Array, name: string): Encoding {
  const [first, e, l, f, fileClass, order] = bytes;
  if (first !== 0x7f || e !== 0x45 || l !== 0x4c || f !== 0x46) {
    throw new InputError("ELF_BAD_MAGIC", `${name} is no ELF file: it does not begin with its magic`);
  }
  if ((fileClass !== 1 && fileClass !== 2) || (order !== 1 && order !== 2)) {
    throw new InputError("ELF_BAD_CLASS", `${name}: there is no ELF class ${fileClass} of byte order ${order}`);
  }
  return { is64: fileClass === 2, littleEndian: order === 1 };
}

type Header = ReturnType<typeof readHeader>;

function readHeader(bytes: Uint8Array, encoding: Encoding) {
  const fields = new FieldReader(bytes, encoding);
  fields.skip(16);
  const type = fields.u16();
  const machine = fields.u16();
  fields.skip(4);
  fields.address();
  const segmentOffset = fields.size();
  const sectionOffset = fields.size();
  fields.skip(6);
  const segmentBytes = fields.u16();
  const segmentCount = fields.u16();
  const sectionBytes = fields.u16();
  const sectionCount = fields.u16();
  const namesIndex = fields.u16();
  return {
    ...{ type, machine, segmentOffset, segmentBytes, segmentCount },
    ...{ sectionOffset, sectionBytes, sectionCount, namesIndex },
  };
}

/** `sh_link` of section 0 holds the index of the names when the header has no room for it. */
const extendedIndex = 0xffff;

function readSections(header: Header, encoding: Encoding, read: Read, name: string): ElfSection[] {
  const { sectionOffset, sectionBytes, namesIndex } = header;
  if (sectionOffset === 0) return [];
  const least = sectionHeaderBytes(encoding.is64);
  const first = readSection(read(sectionOffset, least, "its first section"), encoding);
  const count = header.sectionCount === 0 ? first.sizeBytes : header.sectionCount;
  checkTable(name, "section", count, sectionBytes, least);
  const table = read(sectionOffset, count * sectionBytes, "its table of sections");
  const headers = Array.from({ length: count }, (_, index) =>
    readSection(table.subarray(index * sectionBytes), encoding),
  );
  const names = headers[namesIndex === extendedIndex ? first.link : namesIndex];
  const strings =
    names === undefined ? new Uint8Array(0) : read(names.offset, names.sizeBytes, "the names of sections");
  return headers.map(({ nameOffset, ...section }, index) => ({
    index,
    name: stringAt(strings, nameOffset),
    ...section,
  }));
}

function readSection(bytes: Uint8Array, encoding: Encoding) {
  const fields = new FieldReader(bytes, encoding);
  const nameOffset = fields.u32();
  const type = fields.u32();
  const flags = Number(BigInt.asUintN(32, fields.address()));
  const address = fields.address();
  const offset = fields.size();
  const sizeBytes = fields.size();
  const link = fields.u32();
  const info = fields.u32();
  fields.address();
  const entryBytes = fields.size();
  return { nameOffset, type, flags, address, offset, sizeBytes, link, info, entryBytes };
}

function readSegments(header: Header, encoding: Encoding, read: Read, name: string): ElfSegment[] {
  const { segmentOffset, segmentBytes, segmentCount } = header;
  if (segmentOffset === 0 || segmentCount === 0) return [];
  checkTable(name, "segment", segmentCount, segmentBytes, segmentHeaderBytes(encoding.is64));
  const table = read(segmentOffset, segmentCount * segmentBytes, "its table of segments");
  return Array.from({ length: segmentCount }, (_, index) => {
    const fields = new FieldReader(table.subarray(index * segmentBytes), encoding);
    const type = fields.u32();
    const flags = encoding.is64 ? fields.u32() : 0;
    const offset = fields.size();
    const address = fields.address();
    fields.address();
    const fileBytes = fields.size();
    const memoryBytes = fields.size();
    return { type, flags: encoding.is64 ? flags : fields.u32(), offset, address, fileBytes, memoryBytes };
  });
}

function checkTable(name: string, what: string, count: number, entryBytes: number, least: number): void {
  if (count > mostHeaders || entryBytes < least) {
    throw new InputError("ELF_BAD_TABLE", `${name}: it has a table of ${count} ${what}s of ${entryBytes} bytes`);
  }
}

/** The string that begins at `offset` of a string table; empty where there is none. */
export function stringAt(strings: Uint8Array, offset: number): string {
  if (offset >= strings.length) return "";
  const end = strings.indexOf(0, offset);
  const bytes = strings.subarray(offset, end === -1 ? strings.length : end);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
