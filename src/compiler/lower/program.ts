/** Pass 3, lower: a program's handler, with every function it calls in place of the call, becomes one routine. */

import { type HookFunction, hookFunctions } from "../../program/hook-table.ts";
import type { ProgramEntity } from "../entity.ts";
import type { Uses } from "../exports.ts";
import type { Routine } from "../ir.ts";
import { keepPacketPointers } from "../packet-pointers.ts";
import { problem } from "../problem.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { integerType, type Type } from "../types.ts";
import { lowerExpression } from "./expressions.ts";
import { Lowering } from "./lowering.ts";
import { declareParameters } from "./parameters.ts";
import { lowerStatements } from "./statements.ts";
import { newVariable, writeVariable } from "./variables.ts";

const i32: Type = { kind: "integer", integer: integerType("i32") };
const u32: Type = { kind: "integer", integer: integerType("u32") };

export function lowerProgram(program: ProgramEntity, uses: Uses): Routine {
  const { handler, module, name, place } = program;
  uses.subprograms.clear();
  const lowering = new Lowering(name, place, uses);
  const { builder } = lowering;
  if (program.map !== undefined) uses.maps.add(program.map);
  const to = builder.newBlock();
  const type = resultType(program);
  const result = newVariable("result", type.kind === "void" ? i32 : type);
  builder.write(result.variable, lowering.constant(0, place));

  lowering.activate({ module, return: { kind: "value", type, result, to } }, () => {
    declareParameters(lowering, program);
    if (handler.body.type === "BlockStatement") lowerStatements(lowering, handler.body.body);
    else {
      const operand = lowerExpression(lowering, handler.body, type);
      if (operand.kind !== "nothing" && type.kind !== "void") writeVariable(lowering, result, operand, place);
    }
    lowering.jump(to, module.place({ start: handler.end - 1, end: handler.end }));
  });
  lowering.enter(to);
  builder.return(builder.read(result.variable, place), place);
  keepPacketPointers(builder.routine);
  return builder.routine;
}

/** A handler without `return value` returns 0. */
function resultType({ handler, module, hook, place }: ProgramEntity): Type {
  const annotation = handler.returnType?.typeAnnotation;
  const isValue = handler.body.type !== "BlockStatement" || returnsValue(handler.body);
  if (annotation === undefined) {
    const { gives }: HookFunction = hookFunctions[hook];
    return isValue ? (gives === "length" ? u32 : i32) : { kind: "void" };
  }
  const type = typeOfAnnotation(module, annotation);
  if (type.kind === "void" || (type.kind === "integer" && type.integer.sizeBytes <= 4)) return type;
  throw problem("mistake", place, "a program gives back a number of at most 32 bits");
}

function returnsValue(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(returnsValue);
  if (typeof node !== "object" || node === null) return false;
  const { type, argument } = node as { type?: string; argument?: unknown };
  if (type === "ReturnStatement") return argument !== null;
  return Object.values(node).some(returnsValue);
}
