/** Functions that stay functions: each is a routine of its own, once a program. */

import type { SubprogramEntity } from "../entity.ts";
import type { Uses } from "../exports.ts";
import type { Routine, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { argumentsOf, type CallExpression, parametersOf } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import type { Type } from "../types.ts";
import { coerce } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { wrap } from "./integers.ts";
import { Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";
import { bindValue } from "./parameters.ts";
import { lowerStatements } from "./statements.ts";
import { newVariable, readVariable, writeVariable } from "./variables.ts";

/** Arguments are passed in r1 to r5. */
const mostParameters = 5;

/** A call of a subprogram. */
export function callSubprogram(lowering: Lowering, entity: SubprogramEntity, node: CallExpression): Operand {
  const place = lowering.place(node);
  const parameters = parametersOf(entity.module.file, entity.node.params);
  const given = argumentsOf(lowering.module.file, node);
  if (given.length !== parameters.length) {
    throw problem("mistake", place, `${entity.name} takes ${parameters.length} arguments`);
  }
  const operands = parameters.map(({ type: annotation }, index): Value => {
    const type = typeOfAnnotation(entity.module, annotation);
    const argument = given[index]!;
    return coerce(lowering, lowerExpression(lowering, argument, type), type, lowering.place(argument));
  });
  const type = returnTypeOf(entity);
  const value = lowering.emit({ kind: "callFunction", routine: routineOf(entity, lowering.uses) }, operands, place);
  if (type.kind === "void") return { kind: "nothing" };
  const result = newVariable(entity.name, type);
  lowering.builder.write(result.variable, inItsWidth(lowering, type, value));
  return readVariable(lowering, result, place);
}

/** Of a narrow number the upper half is not defined in a function that the verifier looks at by itself. */
function inItsWidth(lowering: Lowering, type: Type, value: Value): Value {
  if (type.kind !== "integer" || type.integer.sizeBytes === 8) return value;
  const low = lowering.emit({ kind: "truncate" }, [value], value.place);
  return wrap(lowering, type.integer, low, value.place);
}

function routineOf(entity: SubprogramEntity, uses: Uses): Routine {
  const known = uses.subprograms.get(entity);
  if (known === "in progress") {
    throw problem("notInLanguage", entity.place, `${entity.name} calls itself`, "use a loop with a known bound");
  }
  if (known !== undefined) return known;
  uses.subprograms.set(entity, "in progress");
  const routine = lowerSubprogram(entity, uses);
  uses.subprograms.set(entity, routine);
  return routine;
}

function lowerSubprogram(entity: SubprogramEntity, uses: Uses): Routine {
  const { module, node, name, place, linkage } = entity;
  const parameters = parametersOf(module.file, node.params);
  if (parameters.length > mostParameters) {
    throw problem("kernelRefuses", place, `a subprogram has at most ${mostParameters} parameters`, "pass a struct");
  }
  const type = returnTypeOf(entity);
  const types = parameters.map((parameter) => typeOfAnnotation(module, parameter.type));
  if (linkage === "global") refuseForGlobal(entity, type, types);
  const lowering = new Lowering(name, place, uses, { kind: "function", linkage, parameters: types, result: type });
  const { builder } = lowering;
  const to = builder.newBlock();
  const result = newVariable(name, type);
  lowering.activate({ module, return: { kind: "value", type, result, to } }, () => {
    for (const [index, parameter] of parameters.entries()) {
      const value = lowering.emit({ kind: "parameter", index }, [], parameter.place);
      lowering.scope.declare(parameter.name, bindValue(lowering, parameter, types[index]!, value));
    }
    if (node.body.type === "BlockStatement") lowerStatements(lowering, node.body.body);
    else {
      const operand = lowerExpression(lowering, node.body, type);
      if (type.kind !== "void") writeVariable(lowering, result, operand, module.place(node.body));
    }
    if (!lowering.reachable) return;
    const end = module.place({ start: node.end - 1, end: node.end });
    if (type.kind !== "void" && node.body.type === "BlockStatement") {
      throw problem("mistake", end, `${name} can end here without returning a value`);
    }
    lowering.jump(to, end);
  });
  lowering.enter(to);
  builder.return(type.kind === "void" ? lowering.constant(0, place) : builder.read(result.variable, place), place);
  return builder.routine;
}

function refuseForGlobal({ name, place }: SubprogramEntity, result: Type, parameters: readonly Type[]): void {
  if (result.kind !== "integer" && result.kind !== "boolean") {
    throw problem("kernelRefuses", place, `${name} is global and has to give back a number`);
  }
  for (const type of parameters) {
    const isChecked = type.kind === "memory" && type.nullable;
    if (type.kind === "integer" || type.kind === "boolean" || type.kind === "context" || isChecked) continue;
    throw problem(
      "kernelRefuses",
      place,
      `${name} is global, so that the verifier does not know what it is given`,
      type.kind === "memory"
        ? "take `… | null` and compare it with null"
        : "take numbers, contexts and our own structs",
    );
  }
}

function returnTypeOf({ node, module, name, place }: SubprogramEntity): Type {
  const annotation = node.returnType?.typeAnnotation;
  if (annotation !== undefined) return typeOfAnnotation(module, annotation);
  throw problem("mistake", place, `${name} has no return type`, "write it down: `(…): void =>`");
}
