/** Assignments to variables, fields and elements. As in C, structs are copied; but an assignment has no value of its own. */

import { operatorOfAssignment } from "../operators.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { bare, type Expression } from "../syntax.ts";
import type { IntegerType, MemoryType, Type } from "../types.ts";
import { valueTypeOf } from "../types.ts";
import { coerceInteger, coercePosition, describe, refuseNull } from "./coerce.ts";
import { type ContextPlace, readContextPlace, wordPlace, writableMember, writeContextPlace } from "./contexts.ts";
import { copyInto } from "./copies.ts";
import { combine, lowerExpression } from "./expressions.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { elementOf, fieldOf, readPlace, writePlace } from "./memory.ts";
import { type MemoryOperand, type Operand, typeOf } from "./operand.ts";
import { readVariable, writeVariable } from "./variables.ts";

type MemoryPlace = Omit<MemoryOperand, "type"> & { readonly type: IntegerType | MemoryType };

/** Something that can be assigned to. */
type Target =
  | { readonly kind: "variable"; readonly binding: Binding & { kind: "variable" } }
  | { readonly kind: "memory"; readonly at: MemoryPlace }
  | { readonly kind: "context"; readonly at: ContextPlace };

export function lowerAssignment(lowering: Lowering, node: Expression & { type: "AssignmentExpression" }): Operand {
  const place = lowering.place(node);
  const target = targetOf(lowering, node.left as Expression);
  if (node.operator === "=") {
    assign(lowering, target, lowerExpression(lowering, node.right, targetType(target)), lowering.place(node.right));
    return { kind: "nothing" };
  }
  const operator = operatorOfAssignment(node.operator);
  if (operator === undefined) throw problem("notInLanguage", place, `the operator ${node.operator}`);
  const current = read(lowering, target, place);
  const right = lowerExpression(lowering, node.right, typeOf(current));
  assign(lowering, target, combine(lowering, operator, current, right, place), place);
  return { kind: "nothing" };
}

/** `i++` and `i--`. */
export function lowerUpdate(lowering: Lowering, node: Expression & { type: "UpdateExpression" }): Operand {
  const place = lowering.place(node);
  const target = targetOf(lowering, node.argument as Expression);
  const current = read(lowering, target, place);
  const wide = current.kind === "integer" && current.type.sizeBytes === 8;
  const one: Operand = { kind: "literal", value: 1n, wide };
  assign(lowering, target, combine(lowering, node.operator === "++" ? "+" : "-", current, one, place), place);
  return { kind: "nothing" };
}

function targetOf(lowering: Lowering, expression: Expression): Target {
  const node = bare(expression);
  const place = lowering.place(node);
  if (node.type === "Identifier") return variableTarget(lowering, node.name, place);
  if (node.type !== "MemberExpression") {
    throw problem("notInLanguage", place, "this cannot be assigned to", "assign to a variable, a field or an element");
  }
  const object = lowerExpression(lowering, node.object);
  if (object.kind === "kernel") throw problem("kernelRefuses", place, "structures of the kernel cannot be written");
  refuseNull(object, lowering.place(node.object));
  if (object.kind === "contextWords" && node.computed) {
    return { kind: "context", at: wordPlace(object, lowerExpression(lowering, node.property), place) };
  }
  if (object.kind === "context" && !node.computed) {
    return { kind: "context", at: writableMember(object, node.property.name, lowering.place(node.property)) };
  }
  if (object.kind !== "memory") throw problem("mistake", place, `${describe(object)} has nothing to assign to`);
  if (node.computed) {
    const index = lowerExpression(lowering, node.property);
    const indexPlace = lowering.place(node.property);
    const value = index.kind === "literal" ? undefined : coercePosition(lowering, index, indexPlace);
    const given = value === undefined ? { constant: Number((index as { value: bigint }).value) } : { value };
    return { kind: "memory", at: elementOf(lowering, object, given, place) };
  }
  const { name } = node.property;
  const field = fieldOf(object, name);
  if (field === undefined) throw problem("mistake", lowering.place(node.property), `there is no field ${name}`);
  return { kind: "memory", at: field };
}

function variableTarget(lowering: Lowering, name: string, place: Place): Target {
  const binding = lowering.scope.find(name);
  if (binding?.kind === "variable") return { kind: "variable", binding };
  if (binding !== undefined) throw problem("mistake", place, `${name} is a constant`, "declare it with `let`");
  throw problem("mistake", place, `${name} is no variable`, "what changes is a `let` of a function, or a map");
}

function targetType(target: Target): Type | undefined {
  if (target.kind === "variable") return target.binding.type;
  const type = target.kind === "context" ? target.at.field.type : target.at.type;
  if (type.kind === "integer") return { kind: "integer", integer: valueTypeOf(type) };
  return { kind: "memory", memory: type, nullable: false };
}

function read(lowering: Lowering, target: Target, place: Place): Operand {
  if (target.kind === "variable") return readVariable(lowering, target.binding, place);
  return target.kind === "context"
    ? readContextPlace(lowering, target.at, place)
    : readPlace(lowering, target.at, place);
}

function assign(lowering: Lowering, target: Target, operand: Operand, place: Place): void {
  if (target.kind === "variable") return writeVariable(lowering, target.binding, operand, place);
  if (target.kind === "context") {
    const value = coerceInteger(lowering, operand, target.at.field.type, place);
    return writeContextPlace(lowering, target.at, value, place);
  }
  const { at } = target;
  if (at.type.kind !== "integer") return copyInto(lowering, { ...at, type: at.type }, operand, place);
  writePlace(lowering, at, coerceInteger(lowering, operand, at.type, place), place);
}
