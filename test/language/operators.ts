/** What each operator means, in the words of docs/language.md. */

import { bitsOf, type IntegerName, isSigned, wrap } from "./tree.ts";

export const arithmeticOperators = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"] as const;
export const comparisonOperators = ["===", "!==", "<", "<=", ">", ">="] as const;

export function arithmetic(operator: string, type: IntegerName, left: bigint, right: bigint): bigint {
  const count = BigInt.asUintN(bitsOf(type) === 64 ? 6 : 5, right);
  const exact = (): bigint => {
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
        return left << count;
      case ">>":
        return left >> count;
      case ">>>":
        // A narrow type is as wide as the register half that it fills.
        return BigInt.asUintN(isSigned(type) ? Math.max(32, bitsOf(type)) : bitsOf(type), left) >> count;
      default:
        throw new Error(`no operator ${operator}`);
    }
  };
  return wrap(type, exact());
}

export function compare(operator: string, left: bigint, right: bigint): boolean {
  switch (operator) {
    case "===":
      return left === right;
    case "!==":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}

export function bits(which: string, value: bigint): bigint {
  const digits = value.toString(2);
  switch (which) {
    case "countTrailingZeros":
      return value === 0n ? 64n : BigInt(digits.length - digits.lastIndexOf("1") - 1);
    case "log2":
      return value === 0n ? 0n : BigInt(digits.length - 1);
    case "byteSwap16":
      return ((value & 255n) << 8n) | (value >> 8n);
    default:
      return BigInt(`0x${Buffer.from(value.toString(16).padStart(8, "0"), "hex").reverse().toString("hex")}`);
  }
}

/** What is stored in place of `before`. */
export function atomic(operation: string, type: IntegerName, before: bigint, given: readonly bigint[]): bigint {
  if (operation === "add") return wrap(type, before + given[0]!);
  if (operation === "exchange") return given[0]!;
  return before === given[0]! ? given[1]! : before;
}
