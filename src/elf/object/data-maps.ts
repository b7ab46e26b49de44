/** Sections of variables become arrays of one entry: `.data`, `.rodata`, `.bss`, and those that begin so. */

import { type Btf, skipModifiers } from "../../btf/index.ts";
import type { ConfigSpec, MapSpec } from "../../spec/collection.ts";
import { mapFlags } from "../../spec/map-types.ts";
import { sectionFlags, sectionTypes } from "../format.ts";
import type { ElfSection } from "../read.ts";
import type { BpfObject } from "./object.ts";

const dataSection = /^\.(data|rodata|bss)(\..+)?$/;

/** The section whose variables may be set when the program is loaded. */
const configSection = ".rodata";

/** Whether variables stand in the section. */
export function isDataSection({ name, type, flags }: ElfSection): boolean {
  const holdsBytes = type === sectionTypes.progbits || type === sectionTypes.nobits;
  return holdsBytes && dataSection.test(name) && (flags & sectionFlags.alloc) !== 0;
}

/** The map that a section of variables becomes; the kernel's limit on values is the kernel's matter. */
export function mapOfDataSection(object: BpfObject, section: ElfSection, btf: Btf): MapSpec {
  const constant = section.name.startsWith(".rodata");
  const bytes = object.file.contents(section);
  const typeId = btf.find(section.name, "datasec");
  return {
    name: section.name,
    type: "array",
    keySizeBytes: 4,
    valueSizeBytes: section.sizeBytes,
    maxEntries: 1,
    flags: mapFlags.mmapable | (constant ? mapFlags.readOnlyInProgram : 0),
    keyTypeId: 0,
    valueTypeId: typeId ?? 0,
    // What is all zero from the start needs no bytes: .bss has none in the file.
    ...(bytes.some((byte) => byte !== 0) && { initial: new Uint8Array(bytes) }),
    ...(constant && { frozen: true }),
  };
}

/** The constants of the object that are integers: what may be set at load time, by name. */
export function configOf(btf: Btf, maps: readonly MapSpec[]): ConfigSpec[] {
  const map = maps.find(({ name }) => name === configSection);
  const section = map === undefined || map.valueTypeId === 0 ? undefined : btf.type(map.valueTypeId);
  if (map === undefined || section?.kind !== "datasec") return [];
  const bytes = map.initial ?? new Uint8Array(0);
  return section.variables.flatMap(({ type, offset }) => {
    const variable = btf.type(type);
    if (variable.kind !== "var" || variable.linkage !== "global") return [];
    const value = skipModifiers(btf, variable.type).type;
    if (value.kind !== "int" && value.kind !== "enum" && value.kind !== "enum64") return [];
    const { sizeBytes } = value;
    if (sizeBytes !== 1 && sizeBytes !== 2 && sizeBytes !== 4 && sizeBytes !== 8) return [];
    if (offset + sizeBytes > map.valueSizeBytes) return [];
    const signed = value.kind === "int" ? value.encoding === "signed" : value.signed;
    return [{ name: variable.name, offset, sizeBytes, signed, initial: integerAt(bytes, offset, sizeBytes, signed) }];
  });
}

function integerAt(bytes: Uint8Array, offset: number, sizeBytes: number, signed: boolean): bigint {
  let value = 0n;
  for (let byte = sizeBytes - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(bytes[offset + byte] ?? 0);
  return signed ? BigInt.asIntN(sizeBytes * 8, value) : value;
}
