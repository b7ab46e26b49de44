/**
 * The operators of the language. This table is their documentation.
 *
 * - Both operands have the same type; a literal takes the type of the other operand.
 * - Results wrap to the width of the operands.
 * - `/` and `%` are integer division, rounding towards zero. By zero, `/` gives zero and `%` the dividend (RFC 9669,
 *   section 4.1).
 * - `>>` and comparisons follow the sign of the type. Shift counts use their low 5 bits, or 6 for 64-bit types.
 *
 * In a register, a value of up to 32 bits fills the low 32 bits, extended to them by its own sign, and the upper 32 bits
 * are zero. All 32-bit instructions keep it so; types narrower than 32 bits are cut to their width after an operation
 * that can leave it.
 */

import type { AluOperation, Condition } from "../isa/index.ts";
import * as isa from "../isa/index.ts";

/** An operator that gives a value of the operands' type. */
export interface ArithmeticOperator {
  readonly unsigned: AluOperation;
  /** The machine has no signed division before Linux 6.6: `undefined` is worked out from the unsigned one. */
  readonly signed: AluOperation | undefined;
  /** Whether the result of operands of a narrow type can leave its range. */
  readonly overflows: boolean;
}

export const arithmetic: ReadonlyMap<string, ArithmeticOperator> = new Map([
  ["+", { unsigned: isa.add, signed: isa.add, overflows: true }],
  ["-", { unsigned: isa.sub, signed: isa.sub, overflows: true }],
  ["*", { unsigned: isa.mul, signed: isa.mul, overflows: true }],
  ["/", { unsigned: isa.div, signed: undefined, overflows: true }],
  ["%", { unsigned: isa.mod, signed: undefined, overflows: false }],
  ["&", { unsigned: isa.and, signed: isa.and, overflows: false }],
  ["|", { unsigned: isa.or, signed: isa.or, overflows: false }],
  ["^", { unsigned: isa.xor, signed: isa.xor, overflows: false }],
  ["<<", { unsigned: isa.lsh, signed: isa.lsh, overflows: true }],
  [">>", { unsigned: isa.rsh, signed: isa.arsh, overflows: false }],
  /** Fills with zeros whatever the sign: for a signed type, the result is the bit pattern shifted. */
  [">>>", { unsigned: isa.rsh, signed: isa.rsh, overflows: true }],
]);

/** An operator that gives a boolean. */
export interface ComparisonOperator {
  readonly unsigned: Condition;
  readonly signed: Condition;
}

export const comparisons: ReadonlyMap<string, ComparisonOperator> = new Map([
  ["===", { unsigned: isa.jeq, signed: isa.jeq }],
  ["!==", { unsigned: isa.jne, signed: isa.jne }],
  ["<", { unsigned: isa.jlt, signed: isa.jslt }],
  ["<=", { unsigned: isa.jle, signed: isa.jsle }],
  [">", { unsigned: isa.jgt, signed: isa.jsgt }],
  [">=", { unsigned: isa.jge, signed: isa.jsge }],
]);

/** The operator of a compound assignment: `+` for `+=`. */
export function operatorOfAssignment(operator: string): string | undefined {
  const inner = operator.slice(0, -1);
  return operator.endsWith("=") && arithmetic.has(inner) ? inner : undefined;
}

/** The exact value of an operator on two literals, which have no width yet. */
export function foldOperator(operator: string, left: bigint, right: bigint): bigint | undefined {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0n ? 0n : left / right;
    case "%":
      return right === 0n ? left : left % right;
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "<<":
      return right >= 0n && right < 64n ? left << right : undefined;
    case ">>":
      return right >= 0n && right < 64n ? left >> right : undefined;
    default:
      return undefined;
  }
}
