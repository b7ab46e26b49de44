/** Functions and statically defined probes of programs and libraries, as offsets in their files. */

import { closeSync, openSync, readSync } from "node:fs";
import { InputError } from "../errors/error.ts";
import { textOf } from "./c-string.ts";

/** The parts of a hook's target `PATH:SYMBOL` or `PATH:0xOFFSET`. */
export interface UserTarget {
  readonly binary: string | undefined;
  readonly symbol: string | undefined;
  readonly offset: number | undefined;
}

export function parseUserTarget(target: string): UserTarget {
  const colon = target.lastIndexOf(":");
  if (colon < 0) return { binary: target || undefined, symbol: undefined, offset: undefined };
  const [binary, place] = [target.slice(0, colon), target.slice(colon + 1)];
  return /^0x[0-9a-f]+$/i.test(place)
    ? { binary, symbol: undefined, offset: Number(place) }
    : { binary, symbol: place, offset: undefined };
}

/** One place of a statically defined probe. `semaphoreOffset` is 0 where it needs no switching on. */
export interface StaticProbe {
  readonly provider: string;
  readonly name: string;
  readonly offset: number;
  readonly semaphoreOffset: number;
  /** Where its arguments are, as the assembler writes it: `8@%rdi -4@$7`. */
  readonly arguments: string;
}

const sectionTypes = { symbols: 2, note: 7, dynamicSymbols: 11 } as const;
const functionTypes = new Set([2, 10]);

interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
}

interface ElfParts {
  readonly sections: readonly Section[];
  /** The offset in the file of what is loaded at an address. */
  fileOffset(address: number): number | undefined;
  bytes(section: Section): Uint8Array;
}

/** The offset in the file of a function, by its name in the symbol tables. */
export function functionOffset(binary: string, symbol: string): number {
  return withElf(binary, (elf) => {
    for (const type of [sectionTypes.dynamicSymbols, sectionTypes.symbols]) {
      for (const section of elf.sections.filter((candidate) => candidate.type === type)) {
        const address = addressOfFunction(elf, section, symbol);
        const offset = address === undefined ? undefined : elf.fileOffset(address);
        if (offset !== undefined) return offset;
      }
    }
    throw new InputError(
      "FUNCTION_ABSENT",
      `${binary} has no function ${symbol} in its symbol tables: give its offset instead`,
    );
  });
}

/** The statically defined probes of a file (`.note.stapsdt`). */
export function staticProbes(binary: string): StaticProbe[] {
  return withElf(binary, (elf) => {
    const notes = elf.sections.find(({ name, type }) => name === ".note.stapsdt" && type === sectionTypes.note);
    if (notes === undefined) return [];
    // Tools that move sections leave addresses in notes as they were: this section tells how far it was moved.
    const base = elf.sections.find(({ name }) => name === ".stapsdt.base");
    const bytes = elf.bytes(notes);
    const view = viewOf(bytes);
    const probes: StaticProbe[] = [];
    for (let at = 0; at + 12 <= bytes.length; ) {
      const [nameBytes, descriptionBytes] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
      const description = at + 12 + align4(nameBytes);
      at = description + align4(descriptionBytes);
      if (at > bytes.length || descriptionBytes < 27) break;
      const word = (index: number) => Number(view.getBigUint64(description + index * 8, true));
      const shift = base === undefined ? 0 : base.address - word(1);
      const [provider, name, argumentText] = textsFrom(bytes, description + 24, 3);
      const offset = elf.fileOffset(word(0) + shift);
      const semaphoreOffset = word(2) === 0 ? 0 : elf.fileOffset(word(2) + shift);
      if (offset === undefined || semaphoreOffset === undefined) continue;
      probes.push({ provider: provider!, name: name!, offset, semaphoreOffset, arguments: argumentText! });
    }
    return probes;
  });
}

function textsFrom(bytes: Uint8Array, start: number, count: number): string[] {
  const texts: string[] = [];
  for (let at = start; texts.length < count; ) {
    const end = bytes.indexOf(0, at);
    texts.push(end < 0 ? "" : textOf(bytes, at));
    at = end < 0 ? bytes.length : end + 1;
  }
  return texts;
}

/** Looks for the name in the string table first: a program has many symbols, and the name stands there once or twice. */
function addressOfFunction(elf: ElfParts, section: Section, symbol: string): number | undefined {
  const strings = Buffer.from(elf.bytes(elf.sections[section.link] ?? section));
  const names = new Set<number>();
  const wanted = Buffer.from(`${symbol}\0`);
  for (let at = strings.indexOf(wanted); at >= 0; at = strings.indexOf(wanted, at + 1)) names.add(at);
  if (names.size === 0) return undefined;
  const view = viewOf(elf.bytes(section));
  for (let at = 0; at + 24 <= view.byteLength; at += 24) {
    if (!names.has(view.getUint32(at, true)) || !functionTypes.has(view.getUint8(at + 4) & 15)) continue;
    const address = Number(view.getBigUint64(at + 8, true));
    if (address !== 0 && view.getUint16(at + 6, true) !== 0) return address;
  }
  return undefined;
}

function withElf<Result>(path: string, use: (elf: ElfParts) => Result): Result {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw new InputError("BINARY_UNREADABLE", `${path} cannot be opened: ${(cause as Error).message}`, { cause });
  }
  try {
    return use(readElf(fd, path));
  } finally {
    closeSync(fd);
  }
}

function readElf(fd: number, path: string): ElfParts {
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    if (length > 1 << 30 || readSync(fd, bytes, 0, length, offset) < length) throw broken(path);
    return bytes;
  };
  const head = viewOf(read(0, 64));
  if (head.getUint32(0) !== 0x7f454c46 || head.getUint8(4) !== 2 || head.getUint8(5) !== 1) throw broken(path);
  const programCount = head.getUint16(56, true);
  const sectionCount = head.getUint16(60, true);
  const segments = viewOf(read(Number(head.getBigUint64(32, true)), programCount * 56));
  const table = viewOf(read(Number(head.getBigUint64(40, true)), sectionCount * 64));
  const number = (at: number) => Number(table.getBigUint64(at, true));
  const raw = Array.from({ length: sectionCount }, (_, index) => {
    const at = index * 64;
    return {
      nameAt: table.getUint32(at, true),
      type: table.getUint32(at + 4, true),
      address: number(at + 16),
      offset: number(at + 24),
      sizeBytes: number(at + 32),
      link: table.getUint32(at + 40, true),
    };
  });
  const nameSection = raw[head.getUint16(62, true)];
  const names = nameSection === undefined ? new Uint8Array(1) : read(nameSection.offset, nameSection.sizeBytes);
  return {
    sections: raw.map(({ nameAt, ...section }) => ({
      ...section,
      name: nameAt < names.length ? textOf(names, nameAt) : "",
    })),
    bytes: ({ offset, sizeBytes }) => read(offset, sizeBytes),
    fileOffset(address) {
      for (let at = 0; at + 56 <= segments.byteLength; at += 56) {
        const word = (offset: number) => Number(segments.getBigUint64(at + offset, true));
        const [offset, start, length] = [word(8), word(16), word(32)];
        if (segments.getUint32(at, true) === 1 && address >= start && address < start + length)
          return address - start + offset;
      }
      return undefined;
    },
  };
}

const broken = (path: string) =>
  new InputError("BINARY_BROKEN", `${path} is no 64-bit little-endian ELF file, or is cut off`);
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const align4 = (size: number) => (size + 3) & ~3;
