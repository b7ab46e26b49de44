/** Puts a program together: a function, and behind it those that it calls, with every reference resolved or recorded. */

import {
  callOpcode,
  callSources,
  decodeInstruction,
  encodeInstruction,
  type Instruction,
  loadImmediate64,
  pseudoSources,
  slotBytes,
} from "../../isa/index.ts";
import type { KernelFunctionReference, KernelSymbolReference, MapReference } from "../../spec/collection.ts";
import { reservedSections, undefinedSection } from "../format.ts";
import type { ElfSymbol } from "../symbols.ts";
import type { Externs } from "./externs.ts";
import type { FunctionTable, ObjectFunction } from "./functions.ts";
import type { DefinedMap } from "./map-definitions.ts";
import type { BpfObject } from "./object.ts";

/** What instructions may refer to. */
export interface LinkContext {
  readonly object: BpfObject;
  readonly functions: FunctionTable;
  readonly externs: Externs;
  /** Index of the section `.maps`, with its maps. */
  readonly mapsIndex: number;
  readonly maps: readonly DefinedMap[];
  /** Names of the maps of sections of variables, by section. */
  readonly dataMaps: ReadonlyMap<number, string>;
}

/** A function in a program, and the slot it begins at. */
export interface PlacedFunction {
  readonly slot: number;
  readonly function: ObjectFunction;
}

export interface LinkedProgram {
  readonly code: Uint8Array;
  readonly placed: readonly PlacedFunction[];
  readonly maps: readonly MapReference[];
  readonly kernelFunctions: readonly KernelFunctionReference[];
  readonly kernelSymbols: readonly KernelSymbolReference[];
}

/** More code than the kernel takes of one program. */
const mostSlots = 1_000_000;

/** Links the program that begins with `entry`. */
export function link(entry: ObjectFunction, context: LinkContext): LinkedProgram {
  const parts: ResolvedFunction[] = [];
  const slots = new Map<ObjectFunction, number>();
  let slotCount = 0;
  const place = (one: ObjectFunction): void => {
    if (slots.has(one)) return;
    slots.set(one, slotCount);
    slotCount += one.sizeBytes / slotBytes;
    if (slotCount > mostSlots)
      context.object.fail("ELF_TOO_LARGE", `the program ${entry.name} is larger than any kernel takes`);
    parts.push(resolve(one, context));
  };
  place(entry);
  for (let index = 0; index < parts.length; index++) {
    for (const { meaning } of parts[index]!.references) if (meaning.kind === "function") place(meaning.function);
  }

  const code = new Uint8Array(slotCount * slotBytes);
  const view = new DataView(code.buffer);
  const result = { maps: [] as MapReference[], kernelFunctions: [] as KernelFunctionReference[] };
  const kernelSymbols: KernelSymbolReference[] = [];
  for (const { function: one, references } of parts) {
    const base = slots.get(one)!;
    code.set(one.code, base * slotBytes);
    for (const { slot: within, instruction, meaning } of references) {
      const slot = base + within;
      encodeInstruction(write(instruction, meaning, slot, slots), view, slot * slotBytes);
      if (meaning.kind === "map") {
        const { map, valueOffset } = meaning;
        result.maps.push({ slot, map, ...(valueOffset !== undefined && { valueOffset }) });
      } else if (meaning.kind === "kernelFunction") {
        result.kernelFunctions.push({ slot, name: meaning.name, weak: meaning.weak });
      } else if (meaning.kind === "kernelSymbol") {
        kernelSymbols.push({ slot, name: meaning.name, weak: meaning.weak, typed: meaning.typed });
      }
    }
  }
  const placed = parts.map((part) => ({ slot: slots.get(part.function)!, function: part.function }));
  return { code, placed, ...result, kernelSymbols };
}

/** What an instruction refers to. */
type Meaning =
  | { readonly kind: "function"; readonly function: ObjectFunction }
  | { readonly kind: "map"; readonly map: string; readonly valueOffset?: number }
  | { readonly kind: "kernelFunction"; readonly name: string; readonly weak: boolean }
  | { readonly kind: "kernelSymbol"; readonly name: string; readonly weak: boolean; readonly typed: boolean };

interface Reference {
  /** From the function's first. */
  readonly slot: number;
  readonly instruction: Instruction;
  readonly meaning: Meaning;
}

interface ResolvedFunction {
  readonly function: ObjectFunction;
  readonly references: readonly Reference[];
}

/** Finds what the instructions of a function refer to. */
function resolve(one: ObjectFunction, context: LinkContext): ResolvedFunction {
  const { object } = context;
  const view = new DataView(one.code.buffer, one.code.byteOffset, one.code.length);
  const references: Reference[] = [];
  for (let at = 0; at < one.sizeBytes; ) {
    const opcode = view.getUint8(at);
    const isCall = opcode === callOpcode && view.getUint8(at + 1) >> 4 === callSources.local;
    const relocation = one.relocations.get(one.offset + at);
    if (isCall || relocation !== undefined) {
      const instruction = decodeInstruction(view, at);
      const symbol = relocation === undefined ? undefined : object.symbols.at(relocation.symbol);
      const meaning = meaningOf(instruction, symbol, one, at, context);
      references.push({ slot: at / slotBytes, instruction, meaning });
    }
    at += opcode === loadImmediate64 ? 2 * slotBytes : slotBytes;
  }
  return { function: one, references };
}

function meaningOf(
  { opcode, imm }: Instruction,
  symbol: ElfSymbol | undefined,
  one: ObjectFunction,
  at: number,
  context: LinkContext,
): Meaning {
  const { object, functions, mapsIndex, dataMaps } = context;
  const fail = (message: string): never => {
    return object.fail("ELF_BAD_RELOCATION", `${one.name}, slot ${at / slotBytes}: ${message}`);
  };
  const functionAt = (section: number, offset: number): Meaning => {
    const found = functions.at(section, offset);
    return found ? { kind: "function", function: found } : fail("it calls what is no function of the object");
  };
  // Without a symbol the distance is right already, as both are in one section.
  if (symbol === undefined) return functionAt(one.section.index, one.offset + at + (imm + 1) * slotBytes);
  if (symbol.section === undefinedSection)
    return externOf(symbol, opcode, context) ?? fail(`nobody defines ${symbol.name}`);
  if (symbol.section >= reservedSections) fail(`${symbol.name} is in no section`);
  const value = Number(symbol.value);
  if (opcode === callOpcode) return functionAt(symbol.section, value + (imm + 1) * slotBytes);
  if (opcode !== loadImmediate64) return fail(`it has a relocation, but is neither a call nor a 64-bit load`);
  if (symbol.section === mapsIndex) {
    const map = context.maps.find(({ offset }) => offset === value + imm);
    return map ? { kind: "map", map: map.spec.name } : fail(`it takes the address of a part of the maps' definitions`);
  }
  const data = dataMaps.get(symbol.section);
  if (data !== undefined) return { kind: "map", map: data, valueOffset: value + imm };
  return functionAt(symbol.section, value + imm);
}

function externOf(symbol: ElfSymbol, opcode: number, { externs }: LinkContext): Meaning | undefined {
  const extern = externs.byName.get(symbol.name);
  if (extern === undefined) return undefined;
  if (extern.kind === "config") {
    return { kind: "map", map: extern.reference.map, valueOffset: extern.reference.offset };
  }
  const { name, weak } = extern;
  if (opcode === callOpcode) return { kind: "kernelFunction", name, weak };
  return { kind: "kernelSymbol", name, weak, typed: extern.kind === "function" || extern.typed };
}

/** The instruction as it stands in the program; a runtime fills in what only it knows. */
function write(
  instruction: Instruction,
  meaning: Meaning,
  slot: number,
  slots: ReadonlyMap<ObjectFunction, number>,
): Instruction {
  switch (meaning.kind) {
    case "function": {
      const imm = slots.get(meaning.function)! - slot - 1;
      return instruction.opcode === callOpcode
        ? { ...instruction, src: callSources.local, imm }
        : { ...instruction, src: pseudoSources.function, imm, immHigh: 0 };
    }
    case "map":
      if (meaning.valueOffset === undefined) return { ...instruction, src: pseudoSources.mapFd, imm: 0, immHigh: 0 };
      return { ...instruction, src: pseudoSources.mapValue, imm: 0, immHigh: meaning.valueOffset };
    case "kernelFunction":
      return { ...instruction, src: callSources.kernelFunction, imm: 0 };
    case "kernelSymbol":
      return { ...instruction, src: meaning.typed ? pseudoSources.kernelVariable : 0, imm: 0, immHigh: 0 };
  }
}
