/** ELF files: eBPF objects, read and written, and the symbols of ordinary programs and libraries. */

export { collectionFromElf } from "./object/collection.ts";
export { type ElfFile, type ElfSection, type ElfSegment, readElf } from "./read.ts";
export { hookOfSection, sectionOfHook } from "./section-names.ts";
export { bytesSource, type ElfSource, type FileSource, openSource } from "./source.ts";
export { type ElfSymbol, readSymbols, type SymbolTable } from "./symbols.ts";
export { elfFromCollection } from "./write/collection.ts";
