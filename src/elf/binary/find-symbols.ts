/** Symbols by name. Large programs have hundreds of thousands: the linker's hash table finds one in a few reads. */

import { FieldReader, sectionTypes, symbolBytes, undefinedSection } from "../format.ts";
import { type ElfFile, type ElfSection, stringAt } from "../read.ts";
import { type ElfSymbol, readSymbols } from "../symbols.ts";

/** The defined symbols of these names: those that others can see first, then those for debuggers. */
export function findSymbols(file: ElfFile, names: readonly string[]): Map<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>();
  for (const type of [sectionTypes.dynsym, sectionTypes.symtab]) {
    const missing = names.filter((name) => !found.has(name));
    const table = file.sections.find((section) => section.type === type);
    if (missing.length === 0 || table === undefined) continue;
    const hash = type === sectionTypes.dynsym ? file.section(".gnu.hash") : undefined;
    const matches = hash === undefined ? scan(file, table, missing) : lookUp(file, table, hash, missing);
    for (const symbol of matches) if (!found.has(symbol.name)) found.set(symbol.name, symbol);
  }
  return found;
}

/** Compares the names of all symbols as bytes. */
function scan(file: ElfFile, table: ElfSection, names: readonly string[]): ElfSymbol[] {
  const symbols = readSymbols(file, table);
  const strings = file.sections[table.link];
  if (strings === undefined) return [];
  const offsets = stringOffsets(Buffer.from(file.contents(strings)), names);
  const bytes = file.contents(table);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const matches: ElfSymbol[] = [];
  const stride = symbolBytes(file.is64);
  for (let index = 1; index < symbols.count; index++) {
    if (!offsets.has(view.getUint32(index * stride, file.littleEndian))) continue;
    const symbol = symbols.at(index);
    if (symbol.section !== undefinedSection) matches.push(symbol);
  }
  return matches;
}

/** Where the names are in a table of strings: more than once, also at the ends of longer names. */
function stringOffsets(strings: Buffer, names: readonly string[]): Set<number> {
  const offsets = new Set<number>();
  for (const name of names) {
    const wanted = Buffer.from(`${name}\0`);
    for (let at = strings.indexOf(wanted); at !== -1; at = strings.indexOf(wanted, at + 1)) offsets.add(at);
  }
  return offsets;
}

/** The longest chain that is followed. */
const mostChain = 1 << 16;

/** By the table of `DT_GNU_HASH`: a Bloom filter, buckets, and chains of hashes in the order of the symbols. */
function lookUp(file: ElfFile, table: ElfSection, hash: ElfSection, names: readonly string[]): ElfSymbol[] {
  const word = (offset: number) => new FieldReader(file.read(offset, 4, "its hash table"), file).u32();
  const header = new FieldReader(file.read(hash.offset, 16, "its hash table"), file);
  const [buckets, firstSymbol, bloomWords] = [header.u32(), header.u32(), header.u32()];
  if (buckets === 0) return [];
  const bucketsAt = hash.offset + 16 + bloomWords * (file.is64 ? 8 : 4);
  const chainsAt = bucketsAt + buckets * 4;
  const stride = symbolBytes(file.is64);
  const count = Math.floor(table.sizeBytes / stride);
  const symbolAt = singleSymbols(file, table, stride);

  return names.flatMap((name) => {
    const wanted = gnuHash(name);
    let index = word(bucketsAt + (wanted % buckets) * 4);
    if (index < firstSymbol) return [];
    for (let step = 0; step < mostChain && index < count; step++, index++) {
      const chained = word(chainsAt + (index - firstSymbol) * 4);
      if (((chained ^ wanted) & ~1) === 0) {
        const symbol = symbolAt(index);
        if (symbol.name === name && symbol.section !== undefinedSection) return [symbol];
      }
      // The lowest bit ends a chain.
      if ((chained & 1) === 1) break;
    }
    return [];
  });
}

/** Names longer than this are read in a second step. */
const usualNameBytes = 256;

/** Reads one symbol and its name, and nothing else of the tables. */
function singleSymbols(file: ElfFile, table: ElfSection, stride: number): (index: number) => ElfSymbol {
  const names = file.sections[table.link];
  return (index) => {
    const part = { ...table, offset: table.offset + index * stride, sizeBytes: stride, link: 0 };
    const symbol = readSymbols(file, part).at(0);
    const nameOffset = new FieldReader(file.read(part.offset, 4, "its symbols"), file).u32();
    const left = names === undefined ? 0 : names.sizeBytes - nameOffset;
    const read = (length: number) => {
      return file.read((names?.offset ?? 0) + nameOffset, Math.max(0, Math.min(left, length)), "its names");
    };
    const short = read(usualNameBytes);
    return { ...symbol, index, name: stringAt(short.includes(0) ? short : read(1 << 16), 0) };
  };
}

/** The hash of a name that GNU linkers store. */
function gnuHash(name: string): number {
  let hash = 5381;
  for (const byte of Buffer.from(name)) hash = (Math.imul(hash, 33) + byte) >>> 0;
  return hash;
}
