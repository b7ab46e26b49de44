/** Expressions. */

import * as isa from "../../isa/index.ts";
import { arithmetic, comparisons, foldOperator } from "../operators.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { type BinaryExpression, bare, type Expression, wordsFor } from "../syntax.ts";
import type { Type } from "../types.ts";
import { lowerAssignment, lowerUpdate } from "./assignments.ts";
import { lowerCall } from "./calls.ts";
import { lowerBranches, lowerConditional } from "./choices.ts";
import { coerceInteger, describe } from "./coerce.ts";
import { compare } from "./conditions.ts";
import { lowerObject } from "./copies.ts";
import { lowerArithmetic, widthOf, wrap } from "./integers.ts";
import { lowerTrailingZeroBytes } from "./intrinsics.ts";
import type { Lowering } from "./lowering.ts";
import { lowerMember, lowerName } from "./names.ts";
import { lowerNullish } from "./nullish.ts";
import { type Operand, typeOf } from "./operand.ts";

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
