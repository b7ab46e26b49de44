/** Values that depend on where the program came from: `a ? b : c`, `a && b`, `a || b`. */

import type { Block } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { ConditionalExpression, Expression } from "../syntax.ts";
import { boolean, integerType, type Type } from "../types.ts";
import { describe } from "./coerce.ts";
import { lowerCondition } from "./conditions.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { lowerBinding } from "./names.ts";
import { type Operand, typeOf } from "./operand.ts";
import { newVariable, writeVariable } from "./variables.ts";

/** `a && b` and `a || b` as values. */
export function lowerBranches(lowering: Lowering, node: Expression, place: Place): Operand {
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
export function lowerConditional(
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
