/** Calls: casts, functions of the program (lowered in place of the call), methods, and functions of the language. */

import type { FunctionEntity } from "../entity.ts";
import { evaluate } from "../evaluate.ts";
import type { Block } from "../ir.ts";
import type { Module } from "../module.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { specialOf } from "../special-types.ts";
import { argumentsOf, bare, type CallExpression, type Expression, parametersOf, staticMember } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { fits, type IntegerType, type MemoryType, type Type } from "../types.ts";
import { lowerAtomic } from "./atomics.ts";
import { lowerByteStringMethod } from "./byte-strings.ts";
import { callKernelFunction } from "./calls-of-kernel.ts";
import { coerce, coerceInteger, coercePosition, describe, refuseNull } from "./coerce.ts";
import { isConsoleLog, lowerConsoleLog } from "./console.ts";
import { readContextPlace, wordPlace } from "./contexts.ts";
import { copyInto, lowerObject } from "./copies.ts";
import { lowerExpression } from "./expressions.ts";
import { lowerCast } from "./integers.ts";
import { isIntrinsic, lowerIntrinsic } from "./intrinsics.ts";
import { elementBehind, elementOfKernel, kernelPlace } from "./kernel-reads.ts";
import type { Activation, Binding, Lowering, Return } from "./lowering.ts";
import { isTypeMaker, lowerTypeMaker } from "./made-types.ts";
import { lowerMapMethod, mapOperand } from "./maps.ts";
import { elementOf, readPlace, zeroed } from "./memory.ts";
import { type Operand, typeOf } from "./operand.ts";
import { lowerPacketMethod } from "./packets.ts";
import { lowerStatements } from "./statements.ts";
import { callSubprogram } from "./subprograms.ts";
import { newVariable, readVariable } from "./variables.ts";

export function lowerCall(lowering: Lowering, node: CallExpression, expected?: Type): Operand {
  const target = inlineTarget(lowering, node);
  if (target !== undefined) return inline(lowering, target, node);
  const given = argumentsOf(lowering.module.file, node);
  if (isConsoleLog(lowering, node)) return lowerConsoleLog(lowering, node, given);
  const member = staticMember(bare(node.callee));
  if (member !== undefined) return lowerMethod(lowering, member, given, node);

  const callee = lowerExpression(lowering, node.callee);
  const place = lowering.place(node);
  if (callee.kind === "entity" && callee.entity.kind === "integerType") {
    const [value] = given;
    if (value === undefined || given.length > 1) throw problem("mistake", place, "a cast takes one value");
    return lowerCastCall(lowering, callee.entity.type, value);
  }
  if (callee.kind === "entity" && callee.entity.kind === "intrinsic" && isIntrinsic(callee.entity.name)) {
    return lowerIntrinsic({ lowering, node, given, place, expected }, callee.entity.name);
  }
  if (callee.kind === "entity" && callee.entity.kind === "intrinsic" && isTypeMaker(callee.entity.name)) {
    return lowerTypeMaker(lowering, node);
  }
  if (callee.kind === "entity" && callee.entity.kind === "subprogram") {
    return callSubprogram(lowering, callee.entity, node);
  }
  if (callee.kind === "entity" && callee.entity.kind === "kernelFunction") {
    return callKernelFunction(lowering, callee.entity, node);
  }
  throw problem("mistake", lowering.place(node.callee), `${describe(callee)} cannot be called here`);
}

function lowerCastCall(lowering: Lowering, to: IntegerType, node: Expression): Operand {
  const operand = lowerExpression(lowering, node);
  if (operand.kind === "literal") {
    const value = BigInt(to(operand.value));
    const wide = to.sizeBytes === 8;
    return {
      kind: "integer",
      type: to,
      value: coerceInteger(lowering, { kind: "literal", value, wide }, to, lowering.place(node)),
    };
  }
  if (operand.kind !== "integer") {
    throw problem("mistake", lowering.place(node), `a cast takes an integer, and this is ${describe(operand)}`);
  }
  return {
    kind: "integer",
    type: to,
    value: lowerCast(lowering, to, operand.type, operand.value, lowering.place(node)),
  };
}

function lowerMethod(
  lowering: Lowering,
  { object, name }: { object: Expression; name: string },
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const place = lowering.place(node);
  const receiver = lowerExpression(lowering, object);
  if (receiver.kind === "entity") {
    const { entity } = receiver;
    if (entity.kind === "map") return lowerMapMethod(lowering, mapOperand(lowering, entity, place), name, given, node);
    if (entity.kind === "intrinsic" && entity.name === "atomic") return lowerAtomic(lowering, name, given, node);
    if (entity.kind === "memoryType") return makeValue(lowering, entity.type, { name, given, place });
  }
  refuseNull(receiver, lowering.place(object));
  if (receiver.kind === "memory" && receiver.type.kind === "bytes" && specialOf(receiver.type) === undefined) {
    return lowerByteStringMethod(lowering, { ...receiver, type: receiver.type }, name, given, node);
  }
  if (receiver.kind === "map") return lowerMapMethod(lowering, receiver, name, given, node);
  if (receiver.kind === "context") return lowerPacketMethod(lowering, receiver, name, given, node);
  if (name === "at" && given.length === 1) {
    const element = lowerElement(lowering, receiver, given[0]!, place);
    if (element !== undefined) return element;
  }
  throw problem("mistake", place, `${describe(receiver)} has no method ${name}`);
}

/** `Flow.zero()`, `Flow.of({ … })` and `Flow.copyOf(flow)`: a value of its own, on the stack. */
function makeValue(
  lowering: Lowering,
  type: MemoryType,
  { name, given, place }: { name: string; given: readonly Expression[]; place: Place },
): Operand {
  const wanted = { zero: 0, of: 1, copyOf: 1 }[name];
  if (wanted === undefined) throw problem("mistake", place, `a type has no method ${name}`, "it has zero, of, copyOf");
  if (given.length !== wanted)
    throw problem("mistake", place, `${name} takes ${wanted === 0 ? "nothing" : "one value"}`);
  if (name === "zero") return zeroed(lowering, type, place);
  const [node] = given as [Expression];
  const expected: Type = { kind: "memory", memory: type, nullable: false };
  if (name === "of") {
    const literal = bare(node);
    if (literal.type === "ObjectExpression") return lowerObject(lowering, literal, expected);
    throw problem("mistake", lowering.place(node), "an object literal is wanted here", "copyOf copies a value");
  }
  const made = zeroed(lowering, type, place);
  copyInto(lowering, { ...made, type }, lowerExpression(lowering, node, expected), lowering.place(node));
  return made;
}

/** `receiver[index]` and `receiver.at(index)`. */
export function lowerElement(
  lowering: Lowering,
  receiver: Operand,
  indexNode: Expression,
  place: Place,
): Operand | undefined {
  const indexPlace = lowering.place(indexNode);
  const operand = lowerExpression(lowering, indexNode);
  if (receiver.kind === "contextWords") {
    return readContextPlace(lowering, wordPlace(receiver, operand, indexPlace), place);
  }
  const value = () => coercePosition(lowering, operand, indexPlace);
  const index = operand.kind === "literal" ? { constant: Number(operand.value) } : { value: value() };
  if (receiver.kind === "memory" && receiver.type.kind === "array") {
    refuseNull(receiver, place);
    return readPlace(lowering, elementOf(lowering, receiver, index, place), place);
  }
  if (receiver.kind === "kernel" && receiver.type.kind === "array")
    return elementOfKernel(lowering, receiver, index, place);
  if (receiver.kind === "pointer" || (receiver.kind === "kernel" && receiver.access === "0")) {
    return elementBehind(lowering, receiver, value(), place);
  }
  return undefined;
}

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
function inline(lowering: Lowering, entity: FunctionEntity, node: CallExpression): Operand {
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
