/** Arithmetic on integers: widths, casts, and keeping values in the form `operators.ts` describes. */

import type { AluOperation, Width } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { arithmetic } from "../operators.ts";
import type { Place } from "../source.ts";
import type { IntegerType } from "../types.ts";
import type { Lowering } from "./lowering.ts";

export function widthOf(type: IntegerType): Width {
  return type.sizeBytes === 8 ? 64 : 32;
}

/** The register that holds `value` as a `type`. */
export function bitsOf(type: IntegerType, value: bigint): bigint {
  return BigInt.asUintN(widthOf(type), BigInt(type(value)));
}

/** Whether `value` is one of the type's. */
export function holds(type: IntegerType, value: bigint): boolean {
  return BigInt(type(value)) === value;
}

/** `left (operator) right`, both of type `type`. */
export function lowerArithmetic(
  lowering: Lowering,
  operator: string,
  type: IntegerType,
  [left, right]: [Value, Value],
  place: Place,
): Value {
  const row = arithmetic.get(operator)!;
  const width = widthOf(type);
  const alu = type.signed ? row.signed : row.unsigned;
  const count = operator === "<<" || operator.startsWith(">>") ? shiftCount(lowering, right, width, place) : right;
  const result =
    alu === undefined
      ? lowerSignedDivision(lowering, row.unsigned, width, [left, right], place)
      : lowering.emit({ kind: "alu", alu, width }, [left, count], place);
  return row.overflows ? wrap(lowering, type, result, place) : result;
}

/** A constant count is cut here, as the verifier refuses those that are too large; the machine cuts the others. */
function shiftCount(lowering: Lowering, count: Value, width: Width, place: Place): Value {
  if (count.op.kind !== "constant") return count;
  return lowering.constant(count.op.value & BigInt(width - 1), place);
}

/** Signed division by way of the absolute values, without a branch: `-n` is `(n ^ -1) - -1`. */
function lowerSignedDivision(
  lowering: Lowering,
  unsigned: AluOperation,
  width: Width,
  [left, right]: [Value, Value],
  place: Place,
): Value {
  const emit = (alu: AluOperation, a: Value, b: Value) => lowering.emit({ kind: "alu", alu, width }, [a, b], place);
  const sign = (value: Value) => emit(isa.arsh, value, lowering.constant(width - 1, place));
  const negateIf = (value: Value, mask: Value) => emit(isa.sub, emit(isa.xor, value, mask), mask);

  const leftSign = sign(left);
  const rightSign = sign(right);
  const result = emit(unsigned, negateIf(left, leftSign), negateIf(right, rightSign));
  return negateIf(result, unsigned === isa.div ? emit(isa.xor, leftSign, rightSign) : leftSign);
}

/** Cuts a 32-bit result to the width of a narrower type. */
export function wrap(lowering: Lowering, type: IntegerType, value: Value, place: Place): Value {
  const bits = type.sizeBytes * 8;
  if (bits >= 32) return value;
  const mask = lowering.constant(2 ** bits - 1, place);
  if (!type.signed) return lowering.emit({ kind: "alu", alu: isa.and, width: 32 }, [value, mask], place);
  const count = lowering.constant(32 - bits, place);
  const shifted = lowering.emit({ kind: "alu", alu: isa.lsh, width: 32 }, [value, count], place);
  return lowering.emit({ kind: "alu", alu: isa.arsh, width: 32 }, [shifted, count], place);
}

/** `value`, a `from`, as a `to`. */
export function lowerCast(lowering: Lowering, to: IntegerType, from: IntegerType, value: Value, place: Place): Value {
  const fromBits = from.sizeBytes * 8;
  const toBits = to.sizeBytes * 8;
  if (toBits === 64) {
    if (fromBits === 64 || !from.signed) return value;
    return extendSign(lowering, value, place);
  }
  if (toBits === 32) return fromBits === 64 ? lowering.emit({ kind: "truncate" }, [value], place) : value;
  const inRange = to.signed === from.signed ? fromBits <= toBits : !from.signed && fromBits < toBits;
  return inRange ? value : wrap(lowering, to, value, place);
}

/** A signed 32-bit value in all 64 bits. */
function extendSign(lowering: Lowering, value: Value, place: Place): Value {
  const count = lowering.constant(32, place);
  const shifted = lowering.emit({ kind: "alu", alu: isa.lsh, width: 64 }, [value, count], place);
  return lowering.emit({ kind: "alu", alu: isa.arsh, width: 64 }, [shifted, count], place);
}
