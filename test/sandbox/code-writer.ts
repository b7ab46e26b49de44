/** Programs of several functions, written down with labels, and made into a `ProgramSpec` with the types that a kernel wants. */

import type { BtfBuilder } from "../../src/btf/index.ts";
import type { Condition, HelperName, Instruction, Register } from "../../src/isa/index.ts";
import * as isa from "../../src/isa/index.ts";
import type { FunctionInfo, HookSpec, MapReference, ProgramSpec } from "../../src/spec/index.ts";

/** A place in the code, known by its identity. */
export type Label = object;

/** One line: an instruction, a place, or an instruction that names a place or a map. */
export type Line =
  | Instruction
  | { readonly label: Label }
  | { readonly to: Label; readonly make: (distance: number) => Instruction }
  | { readonly register: Register; readonly map: string; readonly valueOffset?: number };

export const here = (label: Label): Line => ({ label });
export const jumpTo = (to: Label): Line => ({ to, make: isa.jump });
export const jumpIf = (condition: Condition, dst: Register, value: number, to: Label): Line => ({
  to,
  make: (distance) => condition.imm(dst, value, distance),
});
export const callTo = (to: Label): Line => ({ to, make: isa.callLocal });
export const functionAt = (register: Register, to: Label): Line => ({
  to,
  make: (distance) => isa.loadFunction(register, distance),
});
export const mapIn = (register: Register, map: string, valueOffset?: number): Line => ({
  register,
  map,
  ...(valueOffset !== undefined && { valueOffset }),
});
export const callOf = (helper: HelperName): Line => isa.callHelper(helper);

/** A function of a program, and what its type is: how many arguments it has. */
export interface WrittenFunction {
  readonly name: string;
  readonly label: Label;
  readonly parameters: readonly FunctionParameter[];
  readonly lines: readonly Line[];
}

/** A number of 32 or 64 bits, or a pointer. */
export type FunctionParameter = "u32" | "u64" | "pointer";

/** The program of those functions, the first of which it begins with. */
export function programOf(
  name: string,
  hook: HookSpec,
  functions: readonly WrittenFunction[],
  btf: BtfBuilder,
): ProgramSpec {
  const lines = functions.flatMap(({ label, lines }) => [here(label), ...lines]);
  const slots = new Map<Label, number>();
  let slot = 0;
  for (const line of lines) {
    if ("label" in line) slots.set(line.label, slot);
    else slot += slotsOf(line);
  }
  const maps: MapReference[] = [];
  const code: Instruction[] = [];
  slot = 0;
  for (const line of lines) {
    if ("label" in line) continue;
    if ("to" in line) code.push(line.make(slots.get(line.to)! - slot - 1));
    else if ("map" in line) {
      const { register, map, valueOffset } = line;
      maps.push({ slot, map, ...(valueOffset !== undefined && { valueOffset }) });
      code.push(valueOffset === undefined ? isa.loadMap(register, 0) : isa.loadMapValue(register, 0, valueOffset));
    } else code.push(line);
    slot += slotsOf(line);
  }
  const infos = functions.map(
    (written): FunctionInfo => ({ slot: slots.get(written.label)!, typeId: typeOf(written, btf) }),
  );
  return { name, hook, code: isa.encode(code), maps, relocations: [], functions: infos, lines: [] };
}

function slotsOf(line: Exclude<Line, { readonly label: Label }>): number {
  if ("map" in line) return 2;
  return isa.slotsOf("to" in line ? line.make(0) : line);
}

function typeOf({ name, parameters }: WrittenFunction, btf: BtfBuilder): number {
  const number = (kind: string, sizeBytes: number) =>
    btf.add({ kind: "int", name: kind, sizeBytes, encoding: "unsigned" });
  const types = { u32: () => number("u32", 4), u64: () => number("u64", 8), pointer: () => btf.add(anyPointer) };
  const prototype = btf.add({
    kind: "funcProto",
    returns: types.u64(),
    parameters: parameters.map((kind, index) => ({ name: `a${index}`, type: types[kind]() })),
  });
  return btf.add({ kind: "func", name, type: prototype, linkage: "static" });
}

const anyPointer = { kind: "ptr", type: 0 } as const;
