/** The functions of an object: what its programs are made of. */

import { slotBytes } from "../../isa/index.ts";
import { sectionFlags, sectionTypes, symbolBindings, symbolTypes } from "../format.ts";
import type { ElfSection } from "../read.ts";
import type { ElfRelocation } from "../symbols.ts";
import type { SectionExtension } from "./extension.ts";
import type { BpfObject } from "./object.ts";

/** One function. Offsets are bytes into its section. */
export interface ObjectFunction {
  readonly name: string;
  readonly section: ElfSection;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly local: boolean;
  readonly code: Uint8Array;
  /** Relocations of the whole section, by offset. */
  readonly relocations: ReadonlyMap<number, ElfRelocation>;
  readonly extension: SectionExtension | undefined;
}

/** The section of functions that are only called by others. */
export const textSection = ".text";

/** Functions by section and offset, each once. */
export interface FunctionTable {
  readonly all: readonly ObjectFunction[];
  at(section: number, offset: number): ObjectFunction | undefined;
}

function isCode({ type, flags, sizeBytes }: ElfSection): boolean {
  return type === sectionTypes.progbits && (flags & sectionFlags.execute) !== 0 && sizeBytes > 0;
}

export function readFunctions(object: BpfObject, extensions: ReadonlyMap<string, SectionExtension>): FunctionTable {
  const all = object.file.sections.filter(isCode).flatMap((section) => {
    const bytes = object.file.contents(section);
    const relocations = object.relocationsOf(section);
    return object
      .symbolsIn(section)
      .filter(({ type }) => type === symbolTypes.function)
      .map(({ name, value, sizeBytes, binding }): ObjectFunction => {
        const offset = Number(value);
        if (
          sizeBytes === 0 ||
          offset % slotBytes !== 0 ||
          sizeBytes % slotBytes !== 0 ||
          offset + sizeBytes > bytes.length
        ) {
          object.fail("ELF_BAD_FUNCTION", `the function ${name} is not a part of the section ${section.name}`);
        }
        const code = bytes.subarray(offset, offset + sizeBytes);
        const local = binding === symbolBindings.local;
        return { name, section, offset, sizeBytes, local, code, relocations, extension: extensions.get(section.name) };
      })
      .sort((one, other) => one.offset - other.offset);
  });
  const byPlace = new Map(all.map((one) => [`${one.section.index}:${one.offset}`, one]));
  return { all, at: (section, offset) => byPlace.get(`${section}:${offset}`) };
}
