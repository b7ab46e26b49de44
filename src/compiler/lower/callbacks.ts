/** Functions of the program that a helper calls back: what they need of their surroundings lies on the caller's stack. */

import * as isa from "../../isa/index.ts";
import type { FunctionEntity } from "../entity.ts";
import type { Routine, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { type Expression, type Parameter, parametersOf } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import type { Type } from "../types.ts";
import { coerce } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { lowerStatementsOf, returnTypeOf } from "./inline-functions.ts";
import { Lowering } from "./lowering.ts";
import { bindValue } from "./parameters.ts";
import { newVariable, type VariableBinding } from "./variables.ts";

const wordBytes = 8;

/** Keeps what is handed on to the callback, behind its first `own` parameters, and gives the address of the first word. */
export function keepForCallback(
  lowering: Lowering,
  entity: FunctionEntity,
  nodes: readonly Expression[],
  own: number,
): Value {
  const place = nodes[0] === undefined ? entity.module.place(entity.node) : lowering.place(nodes[0]);
  const parameters = parametersOf(entity.module.file, entity.node.params).slice(own);
  const context = nodes.map((node, index): Value => {
    const type = typeOfAnnotation(entity.module, parameters[index]!.type);
    const value = coerce(lowering, lowerExpression(lowering, node), type, lowering.place(node));
    if (value.op.kind !== "frame") return value;
    throw problem("notYet", lowering.place(node), "a step that works on the caller's stack", "keep it in a map");
  });
  const frame = lowering.emit({ kind: "frame", sizeBytes: wordBytes * Math.max(1, context.length) }, [], place);
  for (const [index, value] of context.entries()) {
    lowering.emit({ kind: "store", sizeBytes: wordBytes, offset: wordBytes * index }, [frame, value], place);
  }
  return frame;
}

/** A parameter that is one word. */
export function declareWord(lowering: Lowering, parameter: Parameter, value: Value): void {
  const type = typeOfAnnotation(lowering.module, parameter.type);
  lowering.scope.declare(parameter.name, bindValue(lowering, parameter, type, value));
}

/** What `keepForCallback` has kept, under the names of the parameters. */
export function declareKept(lowering: Lowering, parameters: readonly Parameter[], base: Value): void {
  for (const [index, parameter] of parameters.entries()) {
    const load = { kind: "load", sizeBytes: wordBytes, offset: wordBytes * index } as const;
    declareWord(lowering, parameter, lowering.emit(load, [base], parameter.place));
  }
}

/** The routine of a callback, which says by a boolean whether to go on. To the kernel 0 means go on. */
export function lowerCallback(
  outer: Lowering,
  entity: FunctionEntity,
  place: Place,
  declare: (lowering: Lowering, parameters: readonly Parameter[]) => void,
): Routine {
  const { module, node, name } = entity;
  const annotation = node.returnType?.typeAnnotation;
  if (annotation === undefined || typeOfAnnotation(module, annotation).kind !== "boolean") {
    throw problem(
      "mistake",
      module.place(node.id ?? node),
      `${name} says by a boolean whether to go on`,
      "write `): boolean {`",
    );
  }
  const type: Type = { kind: "boolean" };
  const { lowering, result } = lowerRoutine(outer, entity, place, type, declare);
  const { builder } = lowering;
  const goOn = builder.read(result.variable, place);
  const one = lowering.constant(1, place);
  builder.return(lowering.emit({ kind: "alu", alu: isa.xor, width: 64 }, [goOn, one], place), place);
  return builder.routine;
}

/** The routine of a callback that says nothing. */
export function lowerTimerCallback(
  outer: Lowering,
  entity: FunctionEntity,
  place: Place,
  declare: (lowering: Lowering, parameters: readonly Parameter[]) => void,
): Routine {
  if (returnTypeOf(entity).kind !== "void") {
    throw problem(
      "mistake",
      entity.module.place(entity.node),
      `nobody takes what ${entity.name} gives`,
      "write `): void {`",
    );
  }
  const { lowering } = lowerRoutine(outer, entity, place, { kind: "void" }, declare);
  lowering.builder.return(lowering.constant(0, place), place);
  return lowering.builder.routine;
}

function lowerRoutine(
  outer: Lowering,
  entity: FunctionEntity,
  place: Place,
  type: Type,
  declare: (lowering: Lowering, parameters: readonly Parameter[]) => void,
): { lowering: Lowering; result: VariableBinding } {
  const { module, node, name } = entity;
  const lowering = new Lowering(name, place, outer.uses, { kind: "callback" });
  const to = lowering.builder.newBlock();
  const result = newVariable(name, type);
  const back = { kind: "value", type, result, to } as const;
  lowering.activate({ module, entity, caller: outer.activation, return: back }, () => {
    declare(lowering, parametersOf(module.file, node.params));
    lowerStatementsOf(lowering, entity, back);
  });
  lowering.enter(to);
  return { lowering, result };
}
