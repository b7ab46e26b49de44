/** Making an operand into a value of a wanted type. Nothing is converted silently: only literals adapt. */

import { describeEntity } from "../entity.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { fits, type IntegerType, integerType, nameOf, type Type, valueTypeOf } from "../types.ts";
import { bitsOf, holds } from "./integers.ts";
import { addressOfKernel } from "./kernel-reads.ts";
import type { Lowering } from "./lowering.ts";
import { pointerTo } from "./memory.ts";
import { type IntegerOperand, type Literal, type Operand, typeOf } from "./operand.ts";

/** The operand as a register's value of `type`. */
export function coerce(lowering: Lowering, operand: Operand, type: Type, place: Place): Value {
  if (operand.kind === "literal" && type.kind === "integer")
    return literalValue(lowering, operand, type.integer, place);
  if (operand.kind === "null" && "nullable" in type) {
    if (type.nullable) return lowering.constant(0, place);
    throw problem("mistake", place, `null is no ${nameOf(type)}`);
  }
  if (operand.kind === "entity" && operand.entity.kind === "truth" && type.kind === "boolean") {
    return lowering.constant(operand.entity.value ? 1 : 0, place);
  }
  const given = typeOf(operand);
  if (given === undefined || !fits(given, type)) throw mismatch(operand, given, type, place);
  if ("nullable" in type && !type.nullable) refuseNull(operand, place);
  switch (operand.kind) {
    case "integer":
    case "boolean":
      return operand.value;
    case "memory":
      return pointerTo(lowering, operand, place);
    case "kernel":
      return addressOfKernel(lowering, operand, place);
    case "context":
    case "map":
      return operand.base;
    default:
      throw mismatch(operand, given, type, place);
  }
}

export function coerceInteger(lowering: Lowering, operand: Operand, type: IntegerType, place: Place): Value {
  return coerce(lowering, operand, { kind: "integer", integer: valueTypeOf(type) }, place);
}

/** A position, index or length: any unsigned number of up to 32 bits, as none of them means two things there. */
export function coercePosition(lowering: Lowering, operand: Operand, place: Place): Value {
  const isNarrow = operand.kind === "integer" && !operand.type.signed && operand.type.sizeBytes < 4;
  return isNarrow ? operand.value : coerceInteger(lowering, operand, integerType("u32"), place);
}

/** The operand with a type: a literal that meets none is a `u32`, `i32` if negative, or `u64` as a bigint. */
export function settle(lowering: Lowering, operand: Operand, place: Place): Operand {
  if (operand.kind !== "literal") return operand;
  return { kind: "integer", ...settleLiteral(lowering, operand, place) };
}

function settleLiteral(lowering: Lowering, literal: Literal, place: Place): Omit<IntegerOperand, "kind"> {
  const negative = literal.value < 0n;
  const type = integerType(literal.wide ? (negative ? "i64" : "u64") : negative ? "i32" : "u32");
  return { type, value: literalValue(lowering, literal, type, place) };
}

function literalValue(lowering: Lowering, literal: Literal, type: IntegerType, place: Place): Value {
  const shown = `${literal.value}${literal.wide ? "n" : ""}`;
  const wide = type.sizeBytes === 8;
  if (literal.wide !== wide) {
    throw problem(
      "mistake",
      place,
      `${shown} is no ${type.name}`,
      wide ? "write it with an n" : "write it without the n",
    );
  }
  if (!holds(type, literal.value)) throw problem("mistake", place, `${shown} does not fit ${type.name}`);
  return lowering.constant(bitsOf(type, literal.value), place);
}

/** An operand that may be null cannot be used as if it were not. */
export function refuseNull(operand: Operand, place: Place): void {
  if (operand.kind === "null" || ("nullable" in operand && operand.nullable)) {
    throw problem("kernelRefuses", place, "this may be null", "compare it with null first, and leave if it is");
  }
}

function mismatch(operand: Operand, given: Type | undefined, wanted: Type, place: Place): Error {
  const name = given === undefined ? describe(operand) : nameOf(given);
  const isCast = given?.kind === "integer" && wanted.kind === "integer";
  return problem(
    "mistake",
    place,
    `${nameOf(wanted)} is wanted here, and this is ${name}`,
    isCast ? `cast it: ${nameOf(wanted)}(…)` : undefined,
  );
}

/** An operand in words. */
export function describe(operand: Operand): string {
  switch (operand.kind) {
    case "literal":
      return operand.wide ? "a bigint" : "a number";
    case "entity":
      return describeEntity(operand.entity);
    case "pointer":
      return "a pointer";
    case "contextWords":
      return `an array of ${operand.words.length} numbers`;
    case "kernel":
      return operand.type.kind === "struct" ? operand.type.name : "an array of the kernel";
    case "null":
      return "null";
    default: {
      const type = typeOf(operand);
      return type === undefined ? "nothing" : nameOf(type);
    }
  }
}
