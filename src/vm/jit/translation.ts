/** What the translation of a function needs and keeps, and the ways out of it. */

import { faults } from "../faults.ts";
import { cells } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";
import type { FunctionFamilies } from "./access.ts";
import { cell } from "./check.ts";
import type { Graph } from "./graph.ts";
import type { FunctionType } from "./module.ts";
import type { FunctionValues } from "./values.ts";
import type { Code } from "./wasm.ts";

/** How much is checked while a program runs: every access, or none of a program that the verifier took. */
export type Tier = "exact" | "verified";

/** Indexes of the functions of a module. */
export interface ModuleIndexes {
  readonly check: number;
  readonly openFrame: number;
  readonly closeFrame: number;
  /** Of host functions, by name. */
  readonly host: ReadonlyMap<string, number>;
  /** Of look-ups, by map name. */
  readonly lookups: ReadonlyMap<string, number>;
  /** Of the program's functions, by slot. */
  readonly functions: ReadonlyMap<number, number>;
}

/** What the translation of a function needs and keeps. */
export interface Translation {
  readonly program: LinkedProgram;
  readonly tier: Tier;
  readonly objectCapacity: number;
  readonly indexes: ModuleIndexes;
  readonly graph: Graph;
  readonly values: FunctionValues;
  readonly families: FunctionFamilies;
  readonly out: Code;
  readonly locals: FunctionLocals;
  /** Whether fuel is counted here: there are ways back, or calls. */
  readonly isMetered: boolean;
}

/** Locals of a function. Parameters are r1 to r5, the address of its stack frame, its depth. */
export interface FunctionLocals {
  /** By register; r10 only where pointers into the frame go anywhere. */
  readonly registers: readonly number[];
  readonly frame: number;
  readonly depth: number;
  readonly fuel: number;
  /** When `may_goto` leaves its loop: half of the fuel that there was at the beginning. */
  readonly enough: number;
  readonly pointer: number;
  readonly distance: number;
  readonly word: number;
}

/** (r1 to r5, frame, depth) → r0. Whether it faulted is in the cell `status`. */
export const programType: FunctionType = {
  parameters: ["i64", "i64", "i64", "i64", "i64", "i32", "i32"],
  results: ["i64"],
};

/** Leaves the function; r0 is on the stack. */
export function emitReturn({ out, values, locals, indexes, tier, isMetered }: Translation): void {
  if (values.frameEscapes && tier === "exact") {
    out.get(locals.depth);
    out.call(indexes.closeFrame);
  }
  if (isMetered) cell(out, cells.fuel, () => out.get(locals.fuel));
  out.op("return");
}

/** Leaves the function after a fault that the cells tell of. */
export function emitFailure({ out }: Translation): void {
  out.i64(0, 0);
  out.op("return");
}

/** Leaves the function with a fault that has no address. */
export function emitFault(translation: Translation, kind: keyof typeof faults, slot: number): void {
  const { out, locals, isMetered } = translation;
  cell(out, cells.status, () => out.i32(faults[kind]));
  cell(out, cells.faultSlot, () => out.i32(slot));
  if (isMetered) cell(out, cells.fuel, () => out.get(locals.fuel));
  emitFailure(translation);
}

/** A fault that leaves code behind it which is never reached. */
export function emitMissing(translation: Translation, slot: number): void {
  translation.out.i32(1);
  translation.out.if();
  emitFault(translation, "missing", slot);
  translation.out.close();
}

export function loadFuel({ out, locals }: Translation): void {
  out.i32(0);
  out.memory("i32.load", cells.fuel);
  out.set(locals.fuel);
}

/** Takes so many instructions from the limit; the function ends where it is used up. */
export function emitMeter(translation: Translation, instructions: number, slot: number): void {
  const { out, locals } = translation;
  out.get(locals.fuel);
  out.i32(instructions);
  out.op("i32.sub");
  out.tee(locals.fuel);
  out.i32(0);
  out.op("i32.lt_s");
  out.if();
  emitFault(translation, "limit", slot);
  out.close();
}
