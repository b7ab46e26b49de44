/** Pass 3, lower: a program's handler, with every function it calls in place of the call, becomes one routine. */

import type { ProgramEntity } from "../entity.ts";
import type { Uses } from "../exports.ts";
import type { Routine, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { type Parameter, parametersOf } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { integerType, type Type } from "../types.ts";
import { lowerExpression } from "./expressions.ts";
import { wrap } from "./integers.ts";
import { kernelPlace } from "./kernel-reads.ts";
import { type Binding, Lowering } from "./lowering.ts";
import { lowerStatements } from "./statements.ts";
import { newVariable, writeVariable } from "./variables.ts";

/** Where the first parameter stands in the context, in words of 8 bytes. Iterators have other things in front. */
const firstArgument: Record<ProgramEntity["hook"], number> = {
  tpBtf: 0,
  rawTracepoint: 0,
  fentry: 0,
  fexit: 0,
  iterator: 1,
  socketStorageIterator: 2,
};

const i32: Type = { kind: "integer", integer: integerType("i32") };

export function lowerProgram(program: ProgramEntity, uses: Uses): Routine {
  const { handler, module, name, place } = program;
  const lowering = new Lowering(name, place, uses);
  const { builder } = lowering;
  if (program.map !== undefined) uses.maps.add(program.map);
  const to = builder.newBlock();
  const result = newVariable("result", i32);
  builder.write(result.variable, lowering.constant(0, place));
  const type: Type = returnsNothing(program) ? { kind: "void" } : i32;

  lowering.activate({ module, return: { kind: "value", type, result, to } }, () => {
    for (const [index, parameter] of parametersOf(module.file, handler.params).entries()) {
      const slot = firstArgument[program.hook] + index;
      lowering.scope.declare(parameter.name, bindParameter(lowering, parameter, slot));
    }
    if (handler.body.type === "BlockStatement") lowerStatements(lowering, handler.body.body);
    else {
      const operand = lowerExpression(lowering, handler.body, type);
      if (operand.kind !== "nothing" && type.kind !== "void") writeVariable(lowering, result, operand, place);
    }
    lowering.jump(to, module.place({ start: handler.end - 1, end: handler.end }));
  });
  lowering.enter(to);
  builder.return(builder.read(result.variable, place), place);
  return builder.routine;
}

/** A handler without `return value` returns 0. */
function returnsNothing({ handler, module }: ProgramEntity): boolean {
  const annotation = handler.returnType?.typeAnnotation;
  if (annotation !== undefined) return typeOfAnnotation(module, annotation).kind === "void";
  return !(handler.body.type !== "BlockStatement" || returnsValue(handler.body));
}

function returnsValue(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(returnsValue);
  if (typeof node !== "object" || node === null) return false;
  const { type, argument } = node as { type?: string; argument?: unknown };
  if (type === "ReturnStatement") return argument !== null;
  return Object.values(node).some(returnsValue);
}

/** What a parameter stands for: word `index` of the context. */
export function bindParameter(
  lowering: Lowering,
  { name, type: annotation, place }: Parameter,
  index: number,
): Binding {
  const type = typeOfAnnotation(lowering.module, annotation);
  const argument = lowering.emit({ kind: "argument", index }, [], place);
  switch (type.kind) {
    case "integer":
    case "boolean": {
      const binding = newVariable(name, type);
      lowering.builder.write(binding.variable, numberOf(lowering, argument, type, place));
      return binding;
    }
    case "memory":
      return {
        kind: "fixed",
        operand: { kind: "memory", type: type.memory, base: argument, offset: 0, nullable: type.nullable },
      };
    case "kernel":
      return {
        kind: "fixed",
        operand: kernelPlace(type.target, argument, { probed: false, nullable: type.nullable }),
      };
    default:
      throw problem("mistake", place, "a parameter cannot be of this type");
  }
}

/** An argument takes a whole word of the context; of a narrower type only its low bits mean anything. */
function numberOf(lowering: Lowering, argument: Value, type: Type, place: Parameter["place"]): Value {
  if (type.kind === "boolean") return wrap(lowering, integerType("u8"), argument, place);
  if (type.kind !== "integer" || type.integer.sizeBytes === 8) return argument;
  const low = lowering.emit({ kind: "truncate" }, [argument], place);
  return wrap(lowering, type.integer, low, place);
}
