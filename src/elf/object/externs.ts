/** What an object takes from the kernel: functions, symbols and values of its configuration. */

import { type Btf, sizeOf, skipModifiers } from "../../btf/index.ts";
import type { KernelConfigReference, MapSpec } from "../../spec/collection.ts";
import { mapFlags } from "../../spec/map-types.ts";
import { symbolBindings, undefinedSection } from "../format.ts";
import type { BpfObject } from "./object.ts";

/** One symbol that the object does not define. */
export type Extern =
  | { readonly kind: "function"; readonly name: string; readonly weak: boolean }
  | { readonly kind: "symbol"; readonly name: string; readonly weak: boolean; readonly typed: boolean }
  | { readonly kind: "config"; readonly reference: KernelConfigReference };

export interface Externs {
  readonly byName: ReadonlyMap<string, Extern>;
  /** The map that holds the kernel's configuration, where there is something for it. */
  readonly configMap?: MapSpec;
}

const configSection = ".kconfig";
const symbolSection = ".ksyms";

/** The object's extern declarations, by the sections of its types that list them. */
export function readExterns(object: BpfObject, btf: Btf): Externs {
  const weak = new Set<string>();
  for (let index = 1; index < object.symbols.count; index++) {
    const { name, section, binding } = object.symbols.at(index);
    if (section === undefinedSection && binding === symbolBindings.weak) weak.add(name);
  }
  const byName = new Map<string, Extern>();
  for (const { id } of membersOf(btf, symbolSection)) {
    const declared = btf.type(id);
    if (declared.kind === "func") {
      byName.set(declared.name, { kind: "function", name: declared.name, weak: weak.has(declared.name) });
    } else if (declared.kind === "var") {
      const typed = skipModifiers(btf, declared.type).type.kind !== "void";
      byName.set(declared.name, { kind: "symbol", name: declared.name, weak: weak.has(declared.name), typed });
    }
  }
  const configs = placeConfigs(object, btf, weak);
  for (const reference of configs) byName.set(reference.name, { kind: "config", reference });
  return configs.length === 0 ? { byName } : { byName, configMap: mapOfConfigs(btf, configs) };
}

/** What a section of the types lists. */
export function membersOf(btf: Btf, name: string): { readonly id: number }[] {
  const id = btf.find(name, "datasec");
  const section = id === undefined ? undefined : btf.type(id);
  return section?.kind === "datasec" ? section.variables.map(({ type }) => ({ id: type })) : [];
}

/** Lays the values out, the largest alignment first, as libbpf does. */
function placeConfigs(object: BpfObject, btf: Btf, weak: ReadonlySet<string>): KernelConfigReference[] {
  const values = membersOf(btf, configSection).flatMap(({ id }) => {
    const declared = btf.type(id);
    if (declared.kind !== "var") return [];
    const sizeBytes = sizeOf(btf, declared.type);
    if (sizeBytes !== 1 && sizeBytes !== 2 && sizeBytes !== 4 && sizeBytes !== 8) {
      return object.fail(
        "ELF_BAD_CONFIG",
        `the kernel's ${declared.name} is taken as no number, which is not supported yet`,
      );
    }
    return [{ name: declared.name, sizeBytes: sizeBytes as KernelConfigReference["sizeBytes"] }];
  });
  let offset = 0;
  return values
    .sort((one, other) => other.sizeBytes - one.sizeBytes || (one.name < other.name ? -1 : 1))
    .map(({ name, sizeBytes }) => {
      const at = offset;
      offset += sizeBytes;
      return { map: configSection, offset: at, sizeBytes, name, weak: weak.has(name) } as const;
    });
}

function mapOfConfigs(btf: Btf, configs: readonly KernelConfigReference[]): MapSpec {
  return {
    name: configSection,
    type: "array",
    keySizeBytes: 4,
    valueSizeBytes: configs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    maxEntries: 1,
    flags: mapFlags.mmapable | mapFlags.readOnlyInProgram,
    keyTypeId: 0,
    valueTypeId: btf.find(configSection, "datasec") ?? 0,
    frozen: true,
  };
}
