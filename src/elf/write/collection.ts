/** A collection → an eBPF object that libbpf loads: `bpftool prog loadall` takes it, and `collectionFromElf` reads it back. */

import { type Btf, readBtf } from "../../btf/index.ts";
import { InputError } from "../../errors/error.ts";
import { callSources, slotBytes } from "../../isa/index.ts";
import type { CollectionSpec, MapSpec } from "../../spec/collection.ts";
import { sectionFlags, sectionTypes, symbolTypes } from "../format.ts";
import type { SectionExtension } from "../object/extension.ts";
import { textSection } from "../object/functions.ts";
import { sectionOfHook } from "../section-names.ts";
import { writeExtension } from "./extension.ts";
import { join, type NewRelocation, type NewSection, type NewSymbol, writeElf } from "./file.ts";
import { keyOf, type ProgramPart, splitProgram } from "./split.ts";
import { type PlacedFunction, Symbols } from "./symbols.ts";
import { type ObjectTypes, objectTypes } from "./types.ts";

/** Relocations of eBPF objects (`Documentation/bpf/llvm_reloc.rst`): of a 64-bit load, of data, of a call. */
const relocationTypes = { load: 1, data: 2, call: 10 } as const;

/** Sections of variables, and the one whose content only the kernel knows. */
const dataSection = /^\.(data|rodata|bss)(\..+)?$/;
const configSection = ".kconfig";

/** The object file of a collection; the same collection gives the same bytes. */
export function elfFromCollection(spec: CollectionSpec): Uint8Array {
  const btf = readBtf(spec.btf);
  const dataMaps = spec.maps.filter(({ name }) => dataSection.test(name));
  const definedMaps = spec.maps.filter((map) => !dataMaps.includes(map) && map.name !== configSection);
  const types = objectTypes(spec, definedMaps);
  const symbols = new Symbols(types, dataMaps);
  const code = placeFunctions(spec, btf);
  for (const { name, functions } of code) {
    for (const one of functions) symbols.addFunction(one, name);
  }
  const extensions = new Map(code.map((section) => [section.name, extensionOf(section, btf, types)]));
  const sections: NewSection[] = [
    ...code.map((section) => codeSection(section, symbols, spec)),
    ...mapSections(types, symbols),
    ...dataMaps.map((map) => dataSectionOf(map, spec)),
    { name: "license", type: sectionTypes.progbits, ...writable, bytes: Buffer.from(`${spec.license}\0`) },
  ];
  const extension = writeExtension(extensions, types.string);
  const plain = { type: sectionTypes.progbits, flags: 0, alignment: 4 };
  sections.push({ ...plain, name: ".BTF", bytes: types.encode() }, { ...plain, name: ".BTF.ext", bytes: extension });
  return writeElf(sections, symbols.all);
}

const writable = { flags: sectionFlags.alloc | sectionFlags.write, alignment: 8 };

interface CodeSection {
  readonly name: string;
  readonly functions: PlacedFunction[];
}

/** Programs go to the section of their hook; functions they call to `.text`, those that are the same only once. */
function placeFunctions(spec: CollectionSpec, btf: Btf): CodeSection[] {
  const sections = new Map<string, CodeSection>();
  const shared = new Map<string, PlacedFunction>();
  const add = (name: string, part: ProgramPart, local: boolean, callees: () => readonly PlacedFunction[]) => {
    const section = sections.get(name) ?? { name, functions: [] };
    sections.set(name, section);
    const last = section.functions.at(-1);
    const offset = last === undefined ? 0 : last.offset + last.part.code.length;
    const placed = { part, offset, local, callees };
    section.functions.push(placed);
    return placed;
  };
  for (const program of spec.programs) {
    const parts = splitProgram(program, btf);
    const keys = parts.map((part) => keyOf(part, parts));
    const placed: PlacedFunction[] = parts.map((part, index) => {
      if (part.entry) return add(sectionOfHook(program.hook), part, false, () => placed);
      const known = shared.get(keys[index]!);
      if (known !== undefined) return known;
      const type = part.functions[0] && btf.type(part.functions[0].typeId);
      const global =
        type?.kind === "func" &&
        type.linkage === "global" &&
        ![...shared.values()].some((one) => one.part.name === part.name);
      const one = add(textSection, part, !global, () => placed);
      shared.set(keys[index]!, one);
      return one;
    });
  }
  return [...sections.values()];
}

function codeSection({ name, functions }: CodeSection, symbols: Symbols, spec: CollectionSpec): NewSection {
  const bytes = join(functions.map(({ part }) => part.code));
  const relocations = functions.flatMap((one) => relocationsOf(one, bytes, symbols, spec));
  relocations.sort((one, other) => one.offset - other.offset);
  const flags = sectionFlags.alloc | sectionFlags.execute;
  return { name, type: sectionTypes.progbits, flags, alignment: 8, bytes, relocations };
}

/** Writes the addends into the code, and says which symbols they are added to. */
function relocationsOf(
  one: PlacedFunction,
  bytes: Uint8Array,
  symbols: Symbols,
  spec: CollectionSpec,
): NewRelocation[] {
  const view = new DataView(bytes.buffer);
  const { part, offset } = one;
  const relocation = (slot: number, type: number, symbol: NewSymbol, src: number, imm: number): NewRelocation => {
    const at = offset + slot * slotBytes;
    bytes[at + 1] = (bytes[at + 1]! & 0x0f) | (src << 4);
    view.setInt32(at + 4, imm, true);
    if (type === relocationTypes.load) view.setInt32(at + slotBytes + 4, 0, true);
    return { offset: at, type, symbol };
  };
  const { load, call } = relocationTypes;
  return [
    ...part.calls.map(({ slot, part: index, isCall }) => {
      const symbol = symbols.ofFunction(one.callees()[index]!);
      if (isCall) return relocation(slot, call, symbol, callSources.local, -1);
      // libbpf takes the address of a function only as a place in its section.
      return relocation(slot, load, symbols.sectionOf(symbol), 0, symbol.value);
    }),
    ...part.maps.map(({ slot, map, valueOffset }) => {
      if (map === configSection) return relocation(slot, load, configSymbol(valueOffset, symbols, spec), 0, 0);
      const symbol = symbols.named(map);
      if (valueOffset !== undefined && symbol.type !== symbolTypes.section) {
        throw new InputError(
          "ELF_UNSUPPORTED",
          `${part.name} takes the address of a value of ${map}: objects do so for global variables only`,
        );
      }
      return relocation(slot, load, symbol, 0, valueOffset ?? 0);
    }),
    ...part.kernelFunctions.map(({ slot, name, weak }) => {
      return relocation(slot, call, symbols.extern(name, weak), callSources.local, -1);
    }),
    ...part.kernelSymbols.map(({ slot, name, weak }) => relocation(slot, load, symbols.extern(name, weak), 0, 0)),
  ];
}

function configSymbol(valueOffset: number | undefined, symbols: Symbols, spec: CollectionSpec): NewSymbol {
  const value = spec.kernelConfig?.find(({ offset }) => offset === valueOffset);
  if (value !== undefined) return symbols.extern(value.name, value.weak);
  throw new InputError(
    "ELF_NO_SYMBOL",
    `${spec.name} takes a value of the kernel's configuration that it does not name`,
  );
}

function mapSections({ definitions }: ObjectTypes, symbols: Symbols): NewSection[] {
  if (definitions.length === 0) return [];
  const relocations = definitions.flatMap(({ map, offset, sizeBytes }) => {
    const entries = map.entries ?? [];
    const count = entries.length === 0 ? 0 : Math.max(...entries.map(({ index }) => index)) + 1;
    return entries.map(({ index, name }) => ({
      offset: offset + sizeBytes - (count - index) * 8,
      type: relocationTypes.data,
      symbol: symbols.named(name),
    }));
  });
  const bytes = new Uint8Array(definitions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  return [{ name: ".maps", type: sectionTypes.progbits, ...writable, bytes, relocations }];
}

function dataSectionOf(map: MapSpec, spec: CollectionSpec): NewSection {
  const { name, valueSizeBytes, initial } = map;
  const flags = sectionFlags.alloc | (name.startsWith(".rodata") ? 0 : sectionFlags.write);
  const place = { name, flags, alignment: 8 };
  if (name.startsWith(".bss")) {
    return { ...place, type: sectionTypes.nobits, bytes: new Uint8Array(0), sizeBytes: valueSizeBytes };
  }
  const bytes = new Uint8Array(valueSizeBytes);
  if (initial !== undefined) bytes.set(initial.subarray(0, valueSizeBytes));
  for (const { offset, sizeBytes, initial: value } of name === ".rodata" ? spec.config : []) {
    for (let byte = 0; byte < sizeBytes; byte++)
      bytes[offset + byte] = Number(BigInt.asUintN(8, value >> BigInt(8 * byte)));
  }
  return { ...place, type: sectionTypes.progbits, bytes };
}

/** What the object says about the functions of a section; strings move to the object's own types. */
function extensionOf({ functions }: CodeSection, btf: Btf, types: ObjectTypes): SectionExtension {
  const spread = <Record extends { readonly slot: number }, Value>(
    records: (part: ProgramPart) => readonly Record[],
    read: (record: Record, offset: number) => Value,
  ): Value[] =>
    functions.flatMap(({ part, offset }) =>
      records(part).map((record) => read(record, offset + record.slot * slotBytes)),
    );
  return {
    functions: spread(
      ({ functions }) => functions,
      ({ typeId }, offset) => ({ offset, typeId }),
    ),
    lines: spread(
      ({ lines }) => lines,
      ({ fileNameOffset, textOffset, line, column }, offset) => ({
        ...{ offset, line, column },
        fileNameOffset: types.string(btf.string(fileNameOffset)),
        textOffset: types.string(btf.string(textOffset)),
      }),
    ),
    relocations: spread(
      ({ relocations }) => relocations,
      ({ typeId, access, kind }, offset) => ({ offset, typeId, accessOffset: types.string(access), kind }),
    ),
  };
}
