/** An eBPF object, as clang or we make it → what a runtime takes. */

import { basename } from "node:path";
import { type Btf, createBtfBuilder, readBtf } from "../../btf/index.ts";
import { InputError } from "../../errors/error.ts";
import { slotBytes } from "../../isa/index.ts";
import type { CollectionSpec, ProgramSpec } from "../../spec/collection.ts";
import { stringAt } from "../read.ts";
import { hookOfSection } from "../section-names.ts";
import { configOf, isDataSection, mapOfDataSection } from "./data-maps.ts";
import { readExtension } from "./extension.ts";
import { readExterns } from "./externs.ts";
import { type ObjectFunction, readFunctions, textSection } from "./functions.ts";
import { type LinkContext, type LinkedProgram, link } from "./link.ts";
import { type LoadableTypes, loadableTypes } from "./loadable-types.ts";
import { type DefinedMap, mapsSection, readMapDefinitions } from "./map-definitions.ts";
import { type BpfObject, readObject } from "./object.ts";

/**
 * The maps and programs of an object (`clang -g -O2 -target bpf -c x.bpf.c`), by the conventions of libbpf; an
 * `InputError` with an `ELF_…` or `BTF_…` code when it is none, or holds what Tarsier cannot load yet.
 *
 * ```ts
 * const spec = collectionFromElf(readFileSync("counter.bpf.o"), "counter.bpf.o");
 * const collection = loadCollection(spec);
 * ```
 */
export function collectionFromElf(bytes: Uint8Array, name: string): CollectionSpec {
  const object = readObject(bytes, name);
  refuseUnsupported(object);
  const btf = readTypes(object);
  const extensions = readExtensions(object, btf);
  const externs = readExterns(object, btf);
  const configs = [...externs.byName.values()].flatMap((one) => (one.kind === "config" ? [one.reference] : []));
  const types = loadableTypes(object, btf, configs);
  const loadable = readBtf(types.builder.encode());

  const maps = readMaps(object, btf);
  const dataSections = object.file.sections.filter((section) => isDataSection(section) && section.sizeBytes > 0);
  const dataMaps = dataSections.map((section) => mapOfDataSection(object, section, loadable));
  const context: LinkContext = {
    object,
    functions: readFunctions(object, extensions),
    externs,
    mapsIndex: object.file.section(mapsSection)?.index ?? -1,
    maps,
    dataMaps: new Map(dataSections.map(({ index, name: section }) => [index, section])),
  };
  const programs = context.functions.all
    .filter(({ section, local }) => section.name !== textSection && !local)
    .map((entry) => programOf(entry, link(entry, context), btf, types));
  return {
    name: basename(name).replace(/(\.bpf)?\.o$/, ""),
    license: readLicense(object),
    maps: [
      ...maps.map(({ spec }) => spec),
      ...dataMaps,
      ...(externs.configMap === undefined ? [] : [externs.configMap]),
    ],
    config: configOf(loadable, dataMaps),
    programs,
    ...(configs.length > 0 && { kernelConfig: configs }),
    btf: types.builder.encode(),
  };
}

function refuseUnsupported(object: BpfObject): void {
  for (const { name } of object.file.sections) {
    if (/^\.struct_ops/.test(name)) object.fail("ELF_UNSUPPORTED", `its ${name} is not supported yet`);
    if (name === "maps") object.fail("ELF_UNSUPPORTED", "its maps are of the kind before BTF: define them in .maps");
    if (name === ".addr_space.1") object.fail("ELF_UNSUPPORTED", "variables in an arena are not supported yet");
  }
}

function readTypes(object: BpfObject): Btf {
  const section = object.file.section(".BTF");
  return readBtf(section === undefined ? createBtfBuilder().encode() : object.file.contents(section));
}

function readExtensions(object: BpfObject, btf: Btf): ReturnType<typeof readExtension> {
  const section = object.file.section(".BTF.ext");
  return section === undefined ? new Map() : readExtension(object.file.contents(section), btf.string);
}

function readMaps(object: BpfObject, btf: Btf): DefinedMap[] {
  const section = object.file.section(mapsSection);
  return section === undefined ? [] : readMapDefinitions(object, section, btf);
}

function readLicense(object: BpfObject): string {
  const section = object.file.section("license");
  return section === undefined ? "" : stringAt(object.file.contents(section), 0);
}

function programOf(entry: ObjectFunction, linked: LinkedProgram, btf: Btf, types: LoadableTypes): ProgramSpec {
  const { kernelFunctions, kernelSymbols } = linked;
  return {
    name: entry.name,
    hook: hookOf(entry),
    code: linked.code,
    maps: linked.maps,
    relocations: spread(linked, "relocations", ({ kind, typeId, accessOffset }) => {
      return { kind, typeId, access: btf.string(accessOffset) };
    }),
    functions: spread(linked, "functions", ({ typeId }) => ({ typeId })),
    lines: spread(linked, "lines", ({ fileNameOffset, textOffset, line, column }) => {
      return { fileNameOffset: types.string(fileNameOffset), textOffset: types.string(textOffset), line, column };
    }),
    ...(kernelFunctions.length > 0 && { kernelFunctions }),
    ...(kernelSymbols.length > 0 && { kernelSymbols }),
  };
}

function hookOf({ name, section }: ObjectFunction): ProgramSpec["hook"] {
  const hook = hookOfSection(section.name);
  if (hook.kind === "structOps") {
    throw new InputError("ELF_UNSUPPORTED", `the program ${name} is of struct_ops, which are not supported yet`);
  }
  return hook;
}

type Extension = NonNullable<ObjectFunction["extension"]>;

/** The records on a program's functions, each at its slot in the program. */
function spread<Part extends keyof Extension, Value>(
  { placed }: LinkedProgram,
  part: Part,
  read: (record: Extension[Part][number]) => Value,
): (Value & { readonly slot: number })[] {
  return placed.flatMap(({ slot, function: one }) => {
    const records: readonly Extension[Part][number][] = one.extension?.[part] ?? [];
    return records
      .filter(({ offset }) => offset >= one.offset && offset < one.offset + one.sizeBytes)
      .map((record) => ({ slot: slot + Math.floor((record.offset - one.offset) / slotBytes), ...read(record) }))
      .sort((one, other) => one.slot - other.slot);
  });
}
