/** Functions of the program: they are lowered in place of the call. */

import type { FunctionEntity } from "../entity.ts";
import { evaluate } from "../evaluate.ts";
import type { Block } from "../ir.ts";
import type { Module } from "../module.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { argumentsOf, bare, type CallExpression, type Expression, parametersOf, staticMember } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { fits, type Type } from "../types.ts";
import { coerce, refuseNull } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { kernelPlace } from "./kernel-reads.ts";
import type { Activation, Binding, Lowering, Return } from "./lowering.ts";
import { type Operand, typeOf } from "./operand.ts";
import { lowerStatements } from "./statements.ts";
import { newVariable, readVariable } from "./variables.ts";

/** The function of the program that is called, if one is. */
export function inlineTarget(lowering: Lowering, node: CallExpression): FunctionEntity | undefined {
  const callee = bare(node.callee);
  const member = staticMember(callee);
  const object = member && bare(member.object);
  const name = callee.type === "Identifier" ? callee.name : object?.type === "Identifier" ? object.name : undefined;
  if (name === undefined || lowering.scope.find(name) !== undefined) return undefined;
  const place = lowering.place(callee);
  const entity =
    member === undefined
      ? lowering.module.value(name, place)
      : lowering.module.namespace(name)?.exportedValue(member.name, place);
  return entity?.kind === "function" ? entity : undefined;
}

/** Lowers the function's body here; what it returns is the operand. */
export function inline(lowering: Lowering, entity: FunctionEntity, node: CallExpression): Operand {
  const { builder } = lowering;
  const type = returnTypeOf(entity);
  const to = builder.newBlock();
  const result = newVariable(entity.name, type);
  lowerBody(lowering, entity, node, { kind: "value", type, result, to });
  lowering.enter(to);
  return readVariable(lowering, result, lowering.place(node));
}

/** Lowers a function that returns a boolean; what it returns decides where to go on. */
export function inlineAsCondition(
  lowering: Lowering,
  entity: FunctionEntity,
  node: CallExpression,
  targets: { then: Block; otherwise: Block },
): void {
  const type = returnTypeOf(entity);
  if (type.kind !== "boolean") {
    throw problem(
      "notInLanguage",
      lowering.place(node),
      "a condition is a boolean",
      "compare it: `x !== 0`, `x !== null`",
    );
  }
  lowerBody(lowering, entity, node, { kind: "condition", ...targets });
}

export function returnTypeOf({ node, module, name }: FunctionEntity): Type {
  const annotation = node.returnType?.typeAnnotation;
  if (annotation !== undefined) return typeOfAnnotation(module, annotation);
  throw problem("mistake", module.place(node.id ?? node), `${name} has no return type`, "write it down: `): void {`");
}

function lowerBody(lowering: Lowering, entity: FunctionEntity, node: CallExpression, back: Return): void {
  const { module } = entity;
  const parameters = parametersOf(module.file, entity.node.params);
  const given = argumentsOf(lowering.module.file, node);
  const place = lowering.place(node);
  refuseRecursion(lowering, entity, place);
  const needed = parameters.filter(({ initial }) => initial === undefined).length;
  if (given.length > parameters.length || given.length < needed) {
    const count = needed === parameters.length ? `${needed}` : `${needed} to ${parameters.length}`;
    throw problem("mistake", place, `${entity.name} takes ${count} argument${count === "1" ? "" : "s"}`);
  }
  const bindings = parameters.map(({ name, type: annotation, initial }, index) => {
    const type = typeOfAnnotation(module, annotation);
    const argument = given[index];
    if (argument === undefined) return { name, binding: bindInitial(lowering, module, name, type, initial!) };
    return { name, binding: bindArgument(lowering, name, lowerExpression(lowering, argument, type), type, argument) };
  });

  lowering.activate({ module, entity, caller: lowering.activation, return: back }, () => {
    for (const { name, binding } of bindings) lowering.scope.declare(name, binding);
    lowerStatementsOf(lowering, entity, back);
  });
}

/** The body, and what becomes of its end. */
export function lowerStatementsOf(lowering: Lowering, { node, module, name }: FunctionEntity, back: Return): void {
  lowerStatements(lowering, node.body!.body);
  if (!lowering.reachable) return;
  const end = module.place({ start: node.end - 1, end: node.end });
  if (back.kind === "value" && back.type.kind === "void") lowering.jump(back.to, end);
  else throw problem("mistake", end, `${name} can end here without returning a value`);
}

/** Functions are lowered where they are called, so that none can be in the middle of itself. */
export function refuseRecursion(lowering: Lowering, entity: FunctionEntity, place: Place): void {
  lowering.uses.functions.add(entity.node);
  for (let caller: Activation | undefined = lowering.activation; caller !== undefined; caller = caller.caller) {
    if (caller.entity?.node !== entity.node) continue;
    throw problem("notInLanguage", place, `${entity.name} calls itself`, "use a loop with a known bound");
  }
}

/** A parameter for which nothing was given. */
function bindInitial(lowering: Lowering, module: Module, name: string, type: Type, initial: Expression): Binding {
  const place = module.place(initial);
  const entity = evaluate(module, initial);
  const operand: Operand =
    entity.kind === "constant"
      ? { kind: "literal", value: entity.value, wide: entity.wide }
      : { kind: "entity", entity };
  const binding = newVariable(name, type);
  lowering.builder.write(binding.variable, coerce(lowering, operand, type, place));
  return binding;
}

/** An argument under its parameter's name: numbers in a variable, references as they are. */
function bindArgument(lowering: Lowering, name: string, operand: Operand, type: Type, node: Expression): Binding {
  const place = lowering.place(node);
  // The element itself is handed over, with its check: it has no address of which one could be sure.
  if (operand.kind === "memory" && operand.index !== undefined && fits(typeOf(operand)!, type)) {
    if ("nullable" in type && !type.nullable) refuseNull(operand, place);
    return { kind: "fixed", operand };
  }
  const value = coerce(lowering, operand, type, place);
  if (type.kind === "memory") {
    if (operand.kind === "memory") return { kind: "fixed", operand };
    return { kind: "fixed", operand: { kind: "memory", type: type.memory, base: value, offset: 0, nullable: true } };
  }
  if (type.kind === "kernel") {
    if (operand.kind === "kernel") return { kind: "fixed", operand };
    return { kind: "fixed", operand: kernelPlace(type.target, value, { probed: false, nullable: true }) };
  }
  if (type.kind === "context") {
    if (operand.kind === "context") return { kind: "fixed", operand };
    return { kind: "fixed", operand: { kind: "context", type: type.context, base: value, nullable: true } };
  }
  const binding = newVariable(name, type);
  lowering.builder.write(binding.variable, value);
  return binding;
}
