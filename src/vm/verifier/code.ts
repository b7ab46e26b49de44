/** A program made ready for the walk: instructions by slot, what they refer to, and the functions they make up. */

import { applyRelocations, type Btf } from "../../btf/index.ts";
import { TarsierError } from "../../errors/error.ts";
import * as isa from "../../isa/index.ts";
import type {
  CollectionSpec,
  CoreRelocation,
  KernelFunctionReference,
  KernelSymbolReference,
  MapReference,
  MapSpec,
  ProgramSpec,
} from "../../spec/index.ts";
import { refuse } from "./refusal.ts";

export interface Code {
  /** By slot; `undefined` in the second half of a 64-bit load. */
  readonly instructions: readonly (isa.Instruction | undefined)[];
  readonly maps: ReadonlyMap<number, { readonly map: MapSpec; readonly reference: MapReference }>;
  readonly mapsByIndex: readonly MapSpec[];
  readonly kernelFunctions: ReadonlyMap<number, KernelFunctionReference>;
  readonly kernelSymbols: ReadonlyMap<number, KernelSymbolReference>;
  readonly relocations: ReadonlyMap<number, CoreRelocation>;
  /** What the types lack, by the slot that needs it. */
  readonly missing: ReadonlyMap<number, string>;
  /** The slots where functions begin, in order; the program's own is 0. */
  readonly functions: readonly number[];
  /** Slots that more than one way leads to: where states are compared. */
  readonly joins: ReadonlySet<number>;
}

export function prepareCode(collection: CollectionSpec, program: ProgramSpec, types: Btf | undefined): Code {
  const { code, missing } = relocated(program, types);
  const instructions = bySlot(code);
  const mapsByName = new Map(collection.maps.map((map) => [map.name, map]));
  const maps = new Map(
    program.maps.map((reference) => {
      const map = mapsByName.get(reference.map);
      if (map === undefined) {
        refuse("instruction", `there is no map ${reference.map}`, "declare it in the collection", reference.slot);
      }
      return [reference.slot, { map, reference }] as const;
    }),
  );
  const functions = functionsOf(instructions);
  const joins = checkFlow(instructions, functions);
  return {
    instructions,
    maps,
    mapsByIndex: collection.maps,
    kernelFunctions: new Map((program.kernelFunctions ?? []).map((one) => [one.slot, one])),
    kernelSymbols: new Map((program.kernelSymbols ?? []).map((one) => [one.slot, one])),
    relocations: new Map(program.relocations.map((one) => [one.slot, one])),
    missing,
    functions,
    joins,
  };
}

/** Without a kernel, the collection's own types are those that it runs with. */
function relocated(program: ProgramSpec, types: Btf | undefined) {
  if (types === undefined || program.relocations.length === 0) {
    return { code: program.code, missing: new Map<number, string>() };
  }
  return applyRelocations(program, types, types);
}

function bySlot(code: Uint8Array): (isa.Instruction | undefined)[] {
  if (code.length === 0) refuse("flow", "there is no instruction", "end the program with `exit`", 0);
  try {
    return isa.decodeProgram(code).flatMap((one) => (isa.slotsOf(one) === 2 ? [one, undefined] : [one]));
  } catch (error) {
    if (!(error instanceof TarsierError)) throw error;
    const [, slot, reason] = /^slot (\d+): (.*)$/.exec(error.message) ?? [];
    return refuse("instruction", reason ?? error.message, "", Number(slot ?? 0));
  }
}

/** Where a local call or a function's address leads. */
export function calledSlot(instruction: isa.Instruction, slot: number): number | undefined {
  if (isa.isCall(instruction) && instruction.src === isa.callSources.local) return slot + 1 + instruction.imm;
  const isAddress = instruction.opcode === isa.loadImmediate64 && instruction.src === isa.pseudoSources.function;
  return isAddress ? slot + 1 + instruction.imm : undefined;
}

function functionsOf(instructions: readonly (isa.Instruction | undefined)[]): number[] {
  const starts = new Set([0]);
  instructions.forEach((instruction, slot) => {
    const target = instruction && calledSlot(instruction, slot);
    if (target !== undefined) starts.add(target);
  });
  return [...starts].sort((one, other) => one - other);
}

/** The slots that come after one, within its function. */
export function successorsOf(instruction: isa.Instruction, slot: number): readonly number[] {
  if (isa.isExit(instruction)) return [];
  const next = slot + isa.slotsOf(instruction);
  const distance = isa.jumpDistance(instruction);
  if (distance === undefined) return [next];
  const isPlain = instruction.opcode === isa.classes.jmp || instruction.opcode === isa.classes.jmp32;
  return isPlain ? [slot + 1 + distance] : [next, slot + 1 + distance];
}

/** The function that a slot is of. */
function functionOf(functions: readonly number[], slot: number): number {
  return functions.findLast((start) => start <= slot) ?? 0;
}

/** Every instruction is reached, no way leads out of its function. Gives the slots where ways meet. */
function checkFlow(instructions: readonly (isa.Instruction | undefined)[], functions: readonly number[]): Set<number> {
  const reached = new Set<number>();
  const joins = new Set<number>();
  const waiting = [0];
  reached.add(0);
  const reach = (slot: number) => {
    if (!reached.has(slot)) {
      reached.add(slot);
      waiting.push(slot);
    }
  };
  for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
    const instruction = instructions[slot]!;
    const home = functionOf(functions, slot);
    const called = calledSlot(instruction, slot);
    if (called !== undefined) reach(called);
    const distance = isa.jumpDistance(instruction);
    if (distance !== undefined) joins.add(slot + 1 + distance);
    for (const next of successorsOf(instruction, slot)) {
      if (next >= instructions.length || functionOf(functions, next) !== home) {
        refuse(
          "flow",
          distance === undefined
            ? "the function goes on behind its last instruction"
            : `this goes to slot ${next}, which is not of this function`,
          "end every way with `exit`",
          slot,
        );
      }
      reach(next);
    }
  }
  const lost = instructions.findIndex((instruction, slot) => instruction !== undefined && !reached.has(slot));
  if (lost !== -1) refuse("flow", "nothing leads to this instruction", "leave it out", lost);
  return joins;
}
