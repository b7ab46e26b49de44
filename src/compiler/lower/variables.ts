/** Variables: names whose value changes, and what reading and assigning them means. */

import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { Type } from "../types.ts";
import { coerce } from "./coerce.ts";
import { kernelPlace } from "./kernel-reads.ts";
import type { Binding, Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";

export type VariableBinding = Binding & { readonly kind: "variable" };

/** A variable of its own, without a value yet. */
export function newVariable(name: string, type: Type): VariableBinding {
  const isNumber = type.kind === "integer" || type.kind === "boolean";
  return { kind: "variable", variable: { name, isNumber }, type };
}

/** The current value of a variable. */
export function readVariable(lowering: Lowering, binding: VariableBinding, place: Place): Operand {
  const { type, variable } = binding;
  if (type.kind === "void") return { kind: "nothing" };
  const value = lowering.builder.read(variable, place);
  switch (type.kind) {
    case "integer":
      return { kind: "integer", type: type.integer, value };
    case "boolean":
      return { kind: "boolean", value };
    case "memory":
      return { kind: "memory", type: type.memory, base: value, offset: 0, nullable: type.nullable };
    case "map":
      return { kind: "map", map: type.map, base: value, nullable: type.nullable };
    case "context":
      return { kind: "context", type: type.context, base: value, nullable: type.nullable };
    case "kernel":
      return kernelPlace(type.target, value, { probed: binding.probed === true, nullable: type.nullable });
  }
}

/** Gives a variable a new value. */
export function writeVariable(lowering: Lowering, binding: VariableBinding, operand: Operand, place: Place): void {
  const value = coerce(lowering, operand, binding.type, place);
  if (operand.kind === "kernel") {
    if (binding.probed !== undefined && binding.probed !== operand.probed) {
      throw problem("notYet", place, "one name for a pointer that the verifier knows and one that it does not");
    }
    binding.probed = operand.probed;
  }
  lowering.builder.write(binding.variable, value);
  lowering.forget(binding);
  const nullable = "nullable" in operand && operand.nullable;
  if (operand.kind !== "null" && !nullable) lowering.know(binding);
}
