/** The largest value a number can have, as far as the program's text says. */

import * as isa from "../isa/index.ts";
import type { Value } from "./ir.ts";

/** An upper bound of `value`, unsigned, or `undefined` if nothing is known. */
export function maximumOf({ op, operands }: Value, depth = 8): bigint | undefined {
  if (op.kind === "constant") return op.value;
  if (depth === 0) return undefined;
  const of = (operand: Value | undefined) => operand && maximumOf(operand, depth - 1);
  const [left, right] = operands;
  switch (op.kind) {
    case "load":
    case "checkedLoad":
      return op.sizeBytes < 4 ? (1n << BigInt(op.sizeBytes * 8)) - 1n : undefined;
    case "choose":
      return op.condition === isa.jle ? least(of(left), of(right)) : greatest(of(left), of(right));
    case "alu":
      if (op.alu === isa.and) return least(of(left), of(right));
      if (op.alu === isa.rsh && right?.op.kind === "constant")
        return (of(left) ?? (1n << BigInt(op.width)) - 1n) >> right.op.value;
      if (op.alu === isa.mod && right?.op.kind === "constant" && right.op.value > 0n) return right.op.value - 1n;
      if (op.alu === isa.add) return within(op.width, of(left), of(right), (a, b) => a + b);
      if (op.alu === isa.mul) return within(op.width, of(left), of(right), (a, b) => a * b);
      if (op.alu === isa.lsh && right?.op.kind === "constant")
        return within(op.width, of(left), right.op.value, (a, b) => a << b);
      if (op.alu === isa.or || op.alu === isa.xor) return bitsBelow(greatest(of(left), of(right)));
      return undefined;
    case "unary":
      return op.unary === isa.be16 ? 0xffffn : op.unary === isa.be32 ? 0xffff_ffffn : undefined;
    case "truncate":
      return cut(of(left));
    case "compare":
      return 1n;
    default:
      return undefined;
  }
}

function least(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function greatest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}

/** What cannot wrap around has the bound that its operands give it. */
function within(
  width: isa.Width,
  a: bigint | undefined,
  b: bigint | undefined,
  combine: (a: bigint, b: bigint) => bigint,
): bigint | undefined {
  if (a === undefined || b === undefined || b >= 1n << 32n) return undefined;
  const bound = combine(a, b);
  return bound < 1n << BigInt(width) ? bound : undefined;
}

/** All bits up to the highest one of `value`. */
function bitsBelow(value: bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : (1n << BigInt(value.toString(2).length)) - 1n;
}

/** Of a value that needs more than 32 bits, the low ones can be anything. */
function cut(value: bigint | undefined): bigint | undefined {
  return value !== undefined && value < 1n << 32n ? value : undefined;
}
