/** ELF files: eBPF objects, read and written, and the symbols of ordinary programs and libraries. */

export { type Binary, openBinary } from "./binary/binary.ts";
export type { ArgumentPlace, ProbeArgument } from "./binary/probe-argument.ts";
export { pathInProcess, pathInRoot } from "./binary/root.ts";
export type { UserProbe } from "./binary/user-probes.ts";
export { collectionFromElf } from "./object/collection.ts";
export { type ElfFile, type ElfSection, type ElfSegment, readElf } from "./read.ts";
export { hookOfSection, sectionOfHook } from "./section-names.ts";
export { bytesSource, type ElfSource, type FileSource, openSource } from "./source.ts";
export { type ElfSymbol, readSymbols, type SymbolTable } from "./symbols.ts";
export { elfFromCollection } from "./write/collection.ts";
