/** Expressions as conditions: they become branches, and teach what is not null behind them. */

import type { Condition } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Block, Value } from "../ir.ts";
import { comparisons } from "../operators.ts";
import { problem } from "../problem.ts";
import { type BinaryExpression, bare, type Expression } from "../syntax.ts";
import { integerType } from "../types.ts";
import { coerceInteger, describe } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { inlineAsCondition, inlineTarget } from "./inline-functions.ts";
import { widthOf } from "./integers.ts";
import { addressOfKernel } from "./kernel-reads.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { pointerTo } from "./memory.ts";
import { type Operand, typeOf } from "./operand.ts";

interface Targets {
  readonly then: Block;
  readonly otherwise: Block;
}

/** Goes on in `then` or `otherwise`. */
export function lowerCondition(lowering: Lowering, expression: Expression, targets: Targets): void {
  const node = bare(expression);
  const place = lowering.place(node);
  if (node.type === "UnaryExpression" && node.operator === "!") {
    return lowerCondition(lowering, node.argument, { then: targets.otherwise, otherwise: targets.then });
  }
  if (node.type === "LogicalExpression" && node.operator !== "??") {
    const between = lowering.builder.newBlock();
    const isAnd = node.operator === "&&";
    const first = isAnd ? { ...targets, then: between } : { ...targets, otherwise: between };
    lowerCondition(lowering, node.left, first);
    lowering.enter(between);
    return lowerCondition(lowering, node.right, targets);
  }
  if (node.type === "BinaryExpression" && comparisons.has(node.operator)) {
    return lowerComparison(lowering, node as BinaryExpression, targets);
  }
  if (node.type === "CallExpression") {
    const target = inlineTarget(lowering, node);
    if (target !== undefined) return inlineAsCondition(lowering, target, node, targets);
  }

  const operand = lowerExpression(lowering, node);
  if (operand.kind === "entity" && operand.entity.kind === "truth") {
    return lowering.jump(operand.entity.value ? targets.then : targets.otherwise, place);
  }
  if (operand.kind !== "boolean") {
    throw problem(
      "notInLanguage",
      place,
      `a condition is a boolean, and this is ${describe(operand)}`,
      "compare it: `x !== 0`, `x !== null`",
    );
  }
  const operands: [Value, Value] = [operand.value, lowering.constant(0, place)];
  lowering.branch({ condition: isa.jne, width: 64, operands }, targets, place);
}

function lowerComparison(lowering: Lowering, node: BinaryExpression, targets: Targets): void {
  const compared = compare(lowering, node);
  if (compared.kind === "known") {
    return lowering.jump(compared.value ? targets.then : targets.otherwise, lowering.place(node));
  }
  const { condition, width, operands, nonNull } = compared;
  const inThen = condition === isa.jne;
  lowering.branch(
    { condition, width, operands },
    targets,
    lowering.place(node),
    nonNull && { binding: nonNull, in: inThen ? "then" : "otherwise" },
  );
}

type Compared =
  | { readonly kind: "known"; readonly value: boolean }
  | {
      readonly kind: "test";
      readonly condition: Condition;
      readonly width: 32 | 64;
      readonly operands: [Value, Value];
      /** The name that was compared with null. */
      readonly nonNull?: Binding;
    };

/** What a comparison tests. */
export function compare(lowering: Lowering, node: BinaryExpression): Compared {
  const place = lowering.place(node);
  const operator = comparisons.get(node.operator)!;
  const leftNode = bare(node.left);
  const rightNode = bare(node.right);
  const left = lowerExpression(lowering, leftNode);
  const right = lowerExpression(lowering, rightNode, typeOf(left));
  const isEquality = operator.unsigned === isa.jeq || operator.unsigned === isa.jne;

  if (isEquality && (left.kind === "null" || right.kind === "null")) {
    const [tested, testedNode] = right.kind === "null" ? [left, leftNode] : [right, rightNode];
    const binding = testedNode.type === "Identifier" ? lowering.scope.find(testedNode.name) : undefined;
    const operands: [Value, Value] = [pointerValue(lowering, tested, testedNode), lowering.constant(0, place)];
    return { kind: "test", condition: operator.unsigned, width: 64, operands, ...(binding && { nonNull: binding }) };
  }
  if (left.kind === "literal" && right.kind === "literal") {
    if (left.wide !== right.wide) throw problem("mistake", place, "a number and a bigint cannot be compared");
    const shift = 1n << 80n; // compares exactly, whatever the sign
    return { kind: "known", value: exact(operator.unsigned, left.value + shift, right.value + shift) };
  }
  if (isEquality && left.kind === "boolean" && right.kind === "boolean") {
    return { kind: "test", condition: operator.unsigned, width: 64, operands: [left.value, right.value] };
  }
  if (isEquality && isPointer(left) && isPointer(right)) {
    const operands: [Value, Value] = [pointerValue(lowering, left, leftNode), pointerValue(lowering, right, rightNode)];
    return { kind: "test", condition: operator.unsigned, width: 64, operands };
  }
  const type = left.kind === "integer" ? left.type : right.kind === "integer" ? right.type : integerType("u32");
  const operands: [Value, Value] = [
    coerceInteger(lowering, left, type, lowering.place(leftNode)),
    coerceInteger(lowering, right, type, lowering.place(rightNode)),
  ];
  return {
    kind: "test",
    condition: type.signed ? operator.signed : operator.unsigned,
    width: comparisonWidth(type),
    operands,
  };
}

/** Unsigned values are compared in 64 bits, the width in which the verifier keeps bounds best; signed ones in their own. */
function comparisonWidth(type: { readonly signed: boolean; readonly sizeBytes: number }): 32 | 64 {
  return type.signed ? widthOf(type as never) : 64;
}

function exact(condition: Condition, left: bigint, right: bigint): boolean {
  const [less, equal] = [left < right, left === right];
  switch (condition) {
    case isa.jeq:
      return equal;
    case isa.jne:
      return !equal;
    case isa.jlt:
      return less;
    case isa.jle:
      return less || equal;
    case isa.jgt:
      return !less && !equal;
    default:
      return !less;
  }
}

function isPointer(operand: Operand): boolean {
  return "nullable" in operand || operand.kind === "pointer";
}

/** The pointer itself, null or not. */
export function pointerValue(lowering: Lowering, operand: Operand, node: Expression): Value {
  const place = lowering.place(node);
  switch (operand.kind) {
    case "null":
      return lowering.constant(0, place);
    case "memory":
      return pointerTo(lowering, operand, place);
    case "kernel":
      return addressOfKernel(lowering, operand, place);
    case "context":
    case "map":
      return operand.base;
    case "pointer":
      return operand.value;
    default:
      throw problem("mistake", place, `${describe(operand)} is never null`);
  }
}
