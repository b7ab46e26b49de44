/** An eBPF object: its sections, symbols and relocations by section, before anyone asks what they mean. */

import { InputError } from "../../errors/error.ts";
import { fileTypes, machineBpf, sectionTypes, symbolTypes } from "../format.ts";
import { type ElfFile, type ElfSection, readElf } from "../read.ts";
import { bytesSource } from "../source.ts";
import { type ElfRelocation, type ElfSymbol, readRelocations, readSymbols, type SymbolTable } from "../symbols.ts";

export interface BpfObject {
  readonly file: ElfFile;
  /** For errors: the file's name. */
  readonly name: string;
  readonly symbols: SymbolTable;
  /** Symbols that have a place in the section, without the section's own. */
  symbolsIn(section: ElfSection): readonly ElfSymbol[];
  /** The relocations of a section by the byte they are at. */
  relocationsOf(section: ElfSection): ReadonlyMap<number, ElfRelocation>;
  /** Refuses the object. */
  fail(code: string, message: string): never;
}

/** Opens an object; an `InputError` when it is no little-endian eBPF object. */
export function readObject(bytes: Uint8Array, name: string): BpfObject {
  const file = readElf(bytesSource(bytes, name));
  const fail = (code: string, message: string): never => {
    throw new InputError(code, `${name}: ${message}`);
  };
  if (file.machine !== machineBpf || file.type !== fileTypes.relocatable || !file.is64) {
    fail("ELF_NO_BPF_OBJECT", "it is no eBPF object (build it with `clang -target bpf -c`)");
  }
  if (!file.littleEndian) fail("ELF_BIG_ENDIAN", "it is for big-endian machines, which are not supported");

  const table = file.sections.find(({ type }) => type === sectionTypes.symtab);
  const symbols = table === undefined ? noSymbols : readSymbols(file, table);
  const bySection = groupSymbols(symbols);
  const relocationSections = new Map(
    file.sections.filter(({ type }) => type === sectionTypes.rel).map((section) => [section.info, section]),
  );
  return {
    file,
    name,
    symbols,
    fail,
    symbolsIn: ({ index }) => bySection.get(index) ?? [],
    relocationsOf({ index }) {
      const section = relocationSections.get(index);
      const relocations = section === undefined ? [] : readRelocations(file, section);
      return new Map(relocations.map((relocation) => [relocation.offset, relocation]));
    },
  };
}

const noSymbols: SymbolTable = {
  count: 0,
  at: () => {
    throw new InputError("ELF_NO_SYMBOL", "the object has no symbols");
  },
};

function groupSymbols(symbols: SymbolTable): Map<number, ElfSymbol[]> {
  const groups = new Map<number, ElfSymbol[]>();
  for (let index = 1; index < symbols.count; index++) {
    const symbol = symbols.at(index);
    if (symbol.type === symbolTypes.section || symbol.type === symbolTypes.file) continue;
    const group = groups.get(symbol.section);
    if (group === undefined) groups.set(symbol.section, [symbol]);
    else group.push(symbol);
  }
  return groups;
}
