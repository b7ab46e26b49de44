/**
 * The types of an object as the kernel takes them. Compilers leave to the loader what only the linked object knows: where
 * variables are in their sections, and what becomes of declarations without a definition. Ids stay as they are.
 */

import { type Btf, type BtfBuilder, type BtfType, createBtfBuilder } from "../../btf/index.ts";
import type { KernelConfigReference } from "../../spec/collection.ts";
import { symbolBindings } from "../format.ts";
import type { ElfSection } from "../read.ts";
import type { BpfObject } from "./object.ts";

/** Types that were rewritten, and the strings of lines, which have other offsets in them. */
export interface LoadableTypes {
  readonly builder: BtfBuilder;
  /** The offset of a string of the object's types in the new ones. */
  string(offset: number): number;
}

/** Rewrites the types; `configs` says where values of the kernel's configuration are. */
export function loadableTypes(object: BpfObject, btf: Btf, configs: readonly KernelConfigReference[]): LoadableTypes {
  const builder = createBtfBuilder();
  for (let id = 1; id < btf.count; id++) builder.reserve();
  const hidden = hiddenFunctions(object);
  const places = { object, btf, hidden, configs, int: 0 };
  places.int = builder.add({ kind: "int", name: "int", sizeBytes: 4, encoding: "signed" });
  const externs = externVariables(btf);
  const prototypes = prototypesOfExterns(btf);
  for (let id = 1; id < btf.count; id++) {
    const type = prototypes.has(id) ? withNames(btf.type(id)) : btf.type(id);
    builder.define(id, rewrite(type, places, externs.has(id)));
  }
  return { builder, string: (offset) => builder.string(btf.string(offset)) };
}

interface Places {
  readonly object: BpfObject;
  readonly btf: Btf;
  readonly hidden: ReadonlySet<string>;
  readonly configs: readonly KernelConfigReference[];
  int: number;
}

function rewrite(type: BtfType, places: Places, isKernelSymbol: boolean): BtfType {
  switch (type.kind) {
    case "func": {
      // The kernel knows no declarations; and functions that others cannot see are verified where they are called.
      const linkage = places.hidden.has(type.name) ? "static" : type.linkage === "extern" ? "global" : type.linkage;
      return { ...type, linkage };
    }
    case "var":
      if (type.linkage !== "extern") return type;
      return { ...type, linkage: "global", ...(isKernelSymbol && { type: places.int }) };
    case "datasec":
      return placeVariables(type, places);
    default:
      return type;
  }
}

type Section = Extract<BtfType, { kind: "datasec" }>;

function placeVariables(section: Section, { object, btf, configs }: Places): BtfType {
  const found = object.file.section(section.name);
  const offsets = found === undefined ? new Map<string, number>() : symbolOffsets(object, found);
  for (const { name, offset } of section.name === ".kconfig" ? configs : []) offsets.set(name, offset);
  const kernelSymbols = section.name === ".ksyms";
  const variables = section.variables
    .filter(({ type }) => btf.kind(type) === "var")
    .map((variable, index) => {
      const declared = btf.type(variable.type);
      const known = declared.kind === "var" ? offsets.get(declared.name) : undefined;
      const offset = kernelSymbols ? index * 4 : (known ?? variable.offset);
      return {
        type: variable.type,
        offset,
        sizeBytes: kernelSymbols ? 4 : variable.sizeBytes,
        known: known !== undefined,
      };
    })
    .sort((one, other) => one.offset - other.offset || Number(other.known) - Number(one.known));
  const placed: (typeof section.variables)[number][] = [];
  let end = 0;
  for (const { known: _, ...variable } of variables) {
    // Compilers list strings that they moved to another section: they would lie over what is really there.
    if (variable.offset < end) continue;
    placed.push(variable);
    end = variable.offset + variable.sizeBytes;
  }
  // A section of nothing but functions is no section to the kernel: something harmless takes its id.
  if (placed.length === 0) return { kind: "ptr", type: 0 };
  const sizeBytes = Math.max(end, found?.sizeBytes ?? 0);
  return { ...section, sizeBytes: Math.min(sizeBytes, 0xffff_ffff), variables: placed };
}

function symbolOffsets(object: BpfObject, section: ElfSection): Map<string, number> {
  return new Map(object.symbolsIn(section).map(({ name, value }) => [name, Number(BigInt.asUintN(32, value))]));
}

const hiddenVisibilities = [1, 2];

function hiddenFunctions(object: BpfObject): Set<string> {
  const names = new Set<string>();
  for (let index = 1; index < object.symbols.count; index++) {
    const { name, binding, visibility } = object.symbols.at(index);
    if (binding !== symbolBindings.local && hiddenVisibilities.includes(visibility)) names.add(name);
  }
  return names;
}

/** Variables of `.ksyms`: their types are the kernel's, which need not have a size here. */
function externVariables(btf: Btf): Set<number> {
  const id = btf.find(".ksyms", "datasec");
  const section = id === undefined ? undefined : btf.type(id);
  return new Set(section?.kind === "datasec" ? section.variables.map(({ type }) => type) : []);
}

/** Types of the functions that are only declared: their parameters need no names in C, but do in the kernel. */
function prototypesOfExterns(btf: Btf): Set<number> {
  const found = new Set<number>();
  for (let id = 1; id < btf.count; id++) {
    const type = btf.kind(id) === "func" ? btf.type(id) : undefined;
    if (type?.kind === "func" && type.linkage === "extern") found.add(type.type);
  }
  return found;
}

function withNames(type: BtfType): BtfType {
  if (type.kind !== "funcProto") return type;
  const parameters = type.parameters.map(({ name, type: of }, index) => {
    const isRest = of === 0 && index === type.parameters.length - 1;
    return { name: name === "" && !isRest ? `argument${index}` : name, type: of };
  });
  return { ...type, parameters };
}
