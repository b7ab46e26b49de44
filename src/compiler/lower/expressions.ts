/** Expressions. */

import * as isa from "../../isa/index.ts";
import type { Entity } from "../entity.ts";
import { memberOf } from "../evaluate.ts";
import { configOffset } from "../exports.ts";
import { globalMap, globalOffset } from "../globals.ts";
import type { Block } from "../ir.ts";
import { arithmetic, comparisons, foldOperator } from "../operators.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { type BinaryExpression, bare, type ConditionalExpression, type Expression, wordsFor } from "../syntax.ts";
import { boolean, integerByName, integerType, type Type } from "../types.ts";
import { lowerAssignment, lowerUpdate } from "./assignments.ts";
import { lowerCall, lowerElement } from "./calls.ts";
import { coerceInteger, describe, refuseNull } from "./coerce.ts";
import { compare, lowerCondition } from "./conditions.ts";
import { memberOfContext } from "./contexts.ts";
import { lowerObject } from "./copies.ts";
import { lowerArithmetic, widthOf, wrap } from "./integers.ts";
import { lowerTrailingZeroBytes } from "./intrinsics.ts";
import { memberOfKernel } from "./kernel-reads.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { fieldOf, readPlace, referenceType } from "./memory.ts";
import { lowerNullish } from "./nullish.ts";
import { type Operand, typeOf } from "./operand.ts";
import { newVariable, readVariable, writeVariable } from "./variables.ts";

/** The value of an expression. `expected` is the type it will meet; only what has no type of its own looks at it. */
export function lowerExpression(lowering: Lowering, expression: Expression, expected?: Type): Operand {
  const node = bare(expression);
  const place = lowering.place(node);
  switch (node.type) {
    case "Literal":
      return lowerLiteral(node.value, place);
    case "Identifier":
      return lowerName(lowering, node.name, place);
    case "MemberExpression":
      return lowerMember(lowering, node, place);
    case "CallExpression":
      if (node.optional) throw problem("notInLanguage", place, "optional calls");
      return lowerCall(lowering, node, expected);
    case "BinaryExpression":
      if (node.left.type === "PrivateIdentifier") throw problem("notInLanguage", place, "private names");
      return lowerBinary(lowering, node as BinaryExpression, place);
    case "UnaryExpression":
      return lowerUnary(lowering, node.operator, node.argument, place);
    case "LogicalExpression":
      if (node.operator === "??") return lowerNullish(lowering, node, expected);
      return lowerBranches(lowering, node, place);
    case "ConditionalExpression":
      return lowerConditional(lowering, node, place, expected);
    case "ChainExpression":
      throw problem("notInLanguage", place, "a value that may be undefined", "say what it is then: `… ?? other`");
    case "ObjectExpression":
      return lowerObject(lowering, node, expected);
    case "AssignmentExpression":
      return lowerAssignment(lowering, node);
    case "UpdateExpression":
      return lowerUpdate(lowering, node);
    default:
      throw problem("notInLanguage", place, wordsFor(node));
  }
}

function lowerLiteral(value: unknown, place: Place): Operand {
  if (value === null) return { kind: "null" };
  if (typeof value === "boolean") return { kind: "entity", entity: { kind: "truth", value } };
  if (typeof value === "bigint") return { kind: "literal", value, wide: true };
  if (typeof value === "string") return { kind: "entity", entity: { kind: "text", value } };
  if (typeof value === "number" && Number.isInteger(value))
    return { kind: "literal", value: BigInt(value), wide: false };
  throw problem("notInLanguage", place, `${value} is no integer`, "the kernel has no floating point");
}

function lowerName(lowering: Lowering, name: string, place: Place): Operand {
  const binding = lowering.scope.find(name);
  if (binding !== undefined) return lowerBinding(lowering, binding, place);
  const entity = lowering.module.value(name, place);
  if (entity === undefined) throw problem("mistake", place, `nothing here is named ${name}`);
  return entityOperand(lowering, entity, place);
}

function lowerBinding(lowering: Lowering, binding: Binding, place: Place): Operand {
  const operand = binding.kind === "fixed" ? binding.operand : readVariable(lowering, binding, place);
  return "nullable" in operand && lowering.isKnown(binding) ? { ...operand, nullable: false } : operand;
}

function entityOperand(lowering: Lowering, entity: Entity, place: Place): Operand {
  if (entity.kind === "constant") return { kind: "literal", value: entity.value, wide: entity.wide };
  if (entity.kind === "intrinsic") {
    const type = integerByName.get(entity.name);
    if (type !== undefined) return { kind: "entity", entity: { kind: "integerType", type } };
  }
  if (entity.kind === "global") {
    const offset = globalOffset(lowering.uses.globals, entity);
    const base = lowering.emit({ kind: "mapValue", map: globalMap, offset }, [], place);
    return { kind: "memory", type: referenceType(entity.type), base, offset: 0, nullable: false };
  }
  if (entity.kind !== "config") return { kind: "entity", entity };

  const offset = configOffset(lowering.uses, entity);
  const base = lowering.emit({ kind: "mapValue", map: ".rodata", offset }, [], place);
  const sizeBytes = entity.type.sizeBytes as isa.AccessSize;
  const value = lowering.emit({ kind: "load", sizeBytes, offset: 0, constant: true }, [base], place);
  return {
    kind: "integer",
    type: entity.type,
    value: entity.type.signed ? wrap(lowering, entity.type, value, place) : value,
  };
}

function lowerMember(lowering: Lowering, node: Expression & { type: "MemberExpression" }, place: Place): Operand {
  if (node.optional) throw problem("notInLanguage", place, "optional members", "compare with null first");
  const object = lowerExpression(lowering, node.object);
  if (node.computed) {
    const element = lowerElement(lowering, object, node.property, place);
    if (element !== undefined) return element;
    throw problem("mistake", place, `${describe(object)} has no elements`);
  }
  const { name } = node.property;
  const member = namedMember(lowering, object, name, place, lowering.place(node.object));
  if (member !== undefined) return member;
  throw problem("mistake", lowering.place(node.property), `${describe(object)} has no member ${name}`);
}

/** The member `name` of an operand; `undefined` if there is none. */
export function namedMember(
  lowering: Lowering,
  object: Operand,
  name: string,
  place: Place,
  objectPlace: Place,
): Operand | undefined {
  if (object.kind === "entity") {
    const member = memberOf(object.entity, name, place);
    return member && entityOperand(lowering, member, place);
  }
  refuseNull(object, objectPlace);
  if (object.kind === "kernel") {
    if (name === "length" && object.type.kind === "array")
      return { kind: "literal", value: BigInt(object.type.length), wide: false };
    return memberOfKernel(lowering, object, name, place);
  }
  if (object.kind === "context") return memberOfContext(lowering, object, name, place);
  if (object.kind === "contextWords" && name === "length")
    return { kind: "literal", value: BigInt(object.words.length), wide: false };
  if (object.kind !== "memory") return undefined;
  if (name === "length" && "length" in object.type)
    return { kind: "literal", value: BigInt(object.type.length), wide: false };
  const field = fieldOf(object, name);
  return field && readPlace(lowering, field, place);
}

function lowerBinary(lowering: Lowering, node: BinaryExpression, place: Place): Operand {
  if (comparisons.has(node.operator)) {
    const compared = compare(lowering, node);
    if (compared.kind === "known") return { kind: "entity", entity: { kind: "truth", value: compared.value } };
    const { condition, width, operands } = compared;
    return { kind: "boolean", value: lowering.emit({ kind: "compare", condition, width }, [...operands], place) };
  }
  if (!arithmetic.has(node.operator)) {
    const remedy = node.operator === "==" || node.operator === "!=" ? `write ${node.operator}=` : undefined;
    throw problem("notInLanguage", place, `the operator ${node.operator}`, remedy);
  }
  const short = lowerTrailingZeroBytes(lowering, node);
  if (short !== undefined) return short;
  const left = lowerExpression(lowering, node.left);
  const right = lowerExpression(lowering, node.right, typeOf(left));
  return combine(lowering, node.operator, left, right, place);
}

/** `left (operator) right`. */
export function combine(lowering: Lowering, operator: string, left: Operand, right: Operand, place: Place): Operand {
  if (left.kind === "literal" && right.kind === "literal") {
    const value = left.wide === right.wide ? foldOperator(operator, left.value, right.value) : undefined;
    if (value === undefined) throw problem("mistake", place, "this cannot be calculated: cast one side to its type");
    return { kind: "literal", value, wide: left.wide };
  }
  const type = left.kind === "integer" ? left.type : right.kind === "integer" ? right.type : undefined;
  if (type === undefined) {
    const odd = left.kind === "literal" ? right : left;
    throw problem("notInLanguage", place, `${describe(odd)} cannot be calculated with`, "only integers can");
  }
  if (operator === ">>>" && type.sizeBytes === 8) {
    throw problem("notInLanguage", place, "the operator >>> on 64 bits", "u64 shifts without sign: write >>");
  }
  if (left.kind === "integer" && right.kind === "integer" && left.type !== right.type) {
    throw problem(
      "mistake",
      place,
      `${left.type.name} ${operator} ${right.type.name} has two meanings`,
      `cast one side: ${left.type.name}(…) or ${right.type.name}(…)`,
    );
  }
  const a = coerceInteger(lowering, left, type, place);
  const b = coerceInteger(lowering, right, type, place);
  return { kind: "integer", type, value: lowerArithmetic(lowering, operator, type, [a, b], place) };
}

function lowerUnary(lowering: Lowering, operator: string, argument: Expression, place: Place): Operand {
  const operand = lowerExpression(lowering, argument);
  if (operator === "!" && operand.kind === "boolean") {
    const zero = lowering.constant(0, place);
    const op = { kind: "compare", condition: isa.jeq, width: 64 } as const;
    return { kind: "boolean", value: lowering.emit(op, [operand.value, zero], place) };
  }
  if (operator === "!" && operand.kind === "entity" && operand.entity.kind === "truth") {
    return { kind: "entity", entity: { kind: "truth", value: !operand.entity.value } };
  }
  if (operator === "-" || operator === "~") {
    if (operand.kind === "literal") return { ...operand, value: operator === "-" ? -operand.value : ~operand.value };
    if (operand.kind === "integer") {
      const { type } = operand;
      const edge = lowering.constant(operator === "-" ? 0n : widthOf(type) === 64 ? -1n : 0xffffffffn, place);
      const operands: [typeof edge, typeof edge] = operator === "-" ? [edge, operand.value] : [operand.value, edge];
      const value = lowerArithmetic(lowering, operator === "-" ? "-" : "^", type, operands, place);
      return { kind: "integer", type, value: operator === "~" ? wrap(lowering, type, value, place) : value };
    }
  }
  throw problem("notInLanguage", place, `the operator ${operator} on ${describe(operand)}`);
}

/** `a && b` and `a || b` as values. */
function lowerBranches(lowering: Lowering, node: Expression, place: Place): Operand {
  const { builder } = lowering;
  const { variable } = newVariable("condition", boolean);
  const [then, otherwise, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock()];
  lowerCondition(lowering, node, { then, otherwise });
  for (const [block, value] of [
    [then, 1],
    [otherwise, 0],
  ] as const) {
    lowering.enter(block);
    builder.write(variable, lowering.constant(value, place));
    lowering.jump(after, place);
  }
  lowering.enter(after);
  return { kind: "boolean", value: builder.read(variable, place) };
}

/** `test ? a : b`. The result has the type of the side that has one. */
function lowerConditional(
  lowering: Lowering,
  { test, consequent, alternate }: ConditionalExpression,
  place: Place,
  expected?: Type,
): Operand {
  const { builder } = lowering;
  const [then, otherwise] = [builder.newBlock(), builder.newBlock()];
  lowerCondition(lowering, test, { then, otherwise });
  const side = (block: Block, node: Expression): Side => ({
    block,
    lower: () => lowerExpression(lowering, node, expected),
    place: lowering.place(node),
  });
  return chosen(lowering, [side(then, consequent), side(otherwise, alternate)], place, expected);
}

/** One of several ways to a value. */
export interface Side {
  readonly block: Block;
  lower(): Operand;
  readonly place: Place;
}

/** The value of the side on which it goes on. */
export function chosen(lowering: Lowering, sides: readonly Side[], place: Place, expected?: Type): Operand {
  const after = lowering.builder.newBlock();
  const ends = sides.map(({ block, lower, place: valuePlace }) => {
    lowering.enter(block);
    const operand = lower();
    return { operand, valuePlace, end: lowering.leave() };
  });
  const type = conditionalType(
    ends.map(({ operand }) => operand),
    place,
    expected,
  );
  const result = newVariable("conditional", type);
  for (const { operand, valuePlace, end } of ends) {
    lowering.resume(end);
    writeVariable(lowering, result, operand, valuePlace);
    lowering.jump(after, place);
  }
  lowering.enter(after);
  return lowerBinding(lowering, result, place);
}

function conditionalType(sides: readonly Operand[], place: Place, expected?: Type): Type {
  const nullable = sides.some(({ kind }) => kind === "null");
  const types = sides.map(typeOf).filter((type) => type !== undefined);
  for (const type of types) {
    if (!("nullable" in type)) return type;
    const mayBeNull = nullable || types.some((other) => "nullable" in other && other.nullable);
    return { ...type, nullable: mayBeNull };
  }
  if (sides.every((side) => side.kind === "entity" && side.entity.kind === "truth")) return boolean;
  if (expected !== undefined) return expected;
  const literals = sides.filter((side) => side.kind === "literal");
  if (literals.length === sides.length) {
    const negative = literals.some(({ value }) => value < 0n);
    const name = literals[0]!.wide ? (negative ? "i64" : "u64") : negative ? "i32" : "u32";
    return { kind: "integer", integer: integerType(name) };
  }
  throw problem("mistake", place, `${describe(sides[0]!)} or ${describe(sides[1]!)} cannot be chosen between`);
}
