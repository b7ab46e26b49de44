/** Calls of functions of the kernel that a module declares: `declare function bpf_task_release(task: task_struct): void;`. */

import * as isa from "../../isa/index.ts";
import type { KernelFunctionEntity } from "../entity.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { argumentsOf, type CallExpression, parametersOf } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { integerType, nothing, type Type } from "../types.ts";
import { coerce } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { wrap } from "./integers.ts";
import { kernelPlace } from "./kernel-reads.ts";
import type { Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";

/** Arguments are passed in r1 to r5. */
const mostParameters = 5;

export function callKernelFunction(lowering: Lowering, entity: KernelFunctionEntity, node: CallExpression): Operand {
  const { module, name } = entity;
  const place = lowering.place(node);
  const parameters = parametersOf(module.file, entity.node.params);
  if (parameters.length > mostParameters) {
    throw problem("kernelRefuses", module.place(entity.node), `a function of the kernel takes up to ${mostParameters}`);
  }
  const given = argumentsOf(lowering.module.file, node);
  if (given.length !== parameters.length) {
    throw problem("mistake", place, `${name} takes ${parameters.length} argument${parameters.length === 1 ? "" : "s"}`);
  }
  const types = parameters.map(({ type }) => typeOfAnnotation(module, type));
  const operands = types.map((type, index): Value => {
    const argument = given[index]!;
    const operand = lowerExpression(lowering, argument, type);
    if (operand.kind === "kernel" && operand.probed) {
      throw problem("kernelRefuses", lowering.place(argument), "the verifier does not know this pointer");
    }
    return coerce(lowering, operand, type, lowering.place(argument));
  });
  const annotation = entity.node.returnType?.typeAnnotation;
  const result = annotation === undefined ? nothing : typeOfAnnotation(module, annotation);
  const signature = { name, parameters: types, result };
  return resultOf(lowering, lowering.emit({ kind: "callKernel", ...signature }, operands, place), result);
}

/** Of a narrow number the upper half is not defined. */
function resultOf(lowering: Lowering, value: Value, type: Type): Operand {
  const { place } = value;
  const low = () => lowering.emit({ kind: "truncate" }, [value], place);
  switch (type.kind) {
    case "void":
      return { kind: "nothing" };
    case "boolean":
      return { kind: "boolean", value: wrapByte(lowering, low()) };
    case "integer":
      return {
        kind: "integer",
        type: type.integer,
        value: type.integer.sizeBytes === 8 ? value : wrap(lowering, type.integer, low(), place),
      };
    case "kernel":
      return kernelPlace(type.target, value, { probed: false, nullable: type.nullable });
    default:
      throw problem(
        "notYet",
        place,
        "a function of the kernel that gives this",
        "numbers and structures of the kernel",
      );
  }
}

function wrapByte(lowering: Lowering, value: Value): Value {
  return wrap(lowering, integerType("u8"), value, value.place);
}

/** Whether the running kernel has the function: 1 or 0 once the program is loaded. */
export function kernelFunctionExists(lowering: Lowering, { name }: KernelFunctionEntity, place: Place): Value {
  lowering.uses.optional.add(name);
  const address = lowering.emit({ kind: "kernelAddress", name }, [], place);
  const compare = { kind: "compare", condition: isa.jne, width: 64 } as const;
  return lowering.emit(compare, [address, lowering.constant(0, place)], place);
}
