/** What one value comes to when its operands are known. */

import * as isa from "../isa/index.ts";
import type { Operation, Value } from "./ir.ts";
import { maximumOf } from "./ranges.ts";

/** Another value that is the same, or a simpler operation. */
export type Folded =
  | { readonly kind: "operand"; readonly value: Value }
  | { readonly kind: "operation"; readonly op: Operation; readonly operands: readonly Value[] };

export function foldValue({ op, operands }: Value): Folded | undefined {
  const [left, right] = operands;
  switch (op.kind) {
    case "alu":
      return foldAlu(op, left!, right!);
    case "unary": {
      const value = constantOf(left);
      if (value !== undefined) return constant(op.unary.apply(value));
      return swappedTwice(op.unary, left!) ? { kind: "operand", value: left!.operands[0]! } : undefined;
    }
    case "truncate": {
      const value = constantOf(left);
      if (value !== undefined) return constant(BigInt.asUintN(32, value));
      const isNarrow = (left!.op.kind === "alu" && left!.op.width === 32) || fitsIn32Bits(left!);
      return isNarrow ? { kind: "operand", value: left! } : undefined;
    }
    case "compare":
      return foldCompare(op, left!, right!);
    case "choose": {
      const [a, b] = [constantOf(left), constantOf(right)];
      if (a === undefined || b === undefined) return undefined;
      const holds = op.width === 64 ? op.condition.apply(a, b) : op.condition.apply32(a, b);
      return { kind: "operand", value: holds ? left! : right! };
    }
    case "checkedLoad": {
      const index = constantOf(right);
      if (index === undefined) return undefined;
      if (index > BigInt(op.maximum)) return constant(0n);
      const { sizeBytes } = op;
      const offset = op.offset + Number(index) * op.stride;
      return { kind: "operation", op: { kind: "load", sizeBytes, offset }, operands: [left!] };
    }
    default:
      return undefined;
  }
}

function foldAlu(
  { alu, width, nonNull: isPointer }: Operation & { kind: "alu" },
  left: Value,
  right: Value,
): Folded | undefined {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) return constant(width === 64 ? alu.apply(a, b) : alu.apply32(a, b));
  const nonNull = isPointer && { nonNull: isPointer };
  // A 32-bit operation on a value that fills 32 bits changes nothing here either: see the form in `operators.ts`.
  if (b === 0n && alu === isa.div) return constant(0n);
  if (b === 0n && alu === isa.mod) return { kind: "operand", value: left };
  const inner = left.op.kind === "alu" && left.op.alu === alu && left.op.width === width ? left : undefined;
  const more = inner && alu === isa.add && width === 64 ? constantOf(inner.operands[1]) : undefined;
  if (more !== undefined && b !== undefined) {
    const sum: Value = { ...right, op: { kind: "constant", value: BigInt.asUintN(64, more + b) } };
    return { kind: "operation", op: { kind: "alu", alu, width, ...nonNull }, operands: [inner!.operands[0]!, sum] };
  }
  const mask = inner && alu === isa.and ? constantOf(inner.operands[1]) : undefined;
  if (mask !== undefined && b !== undefined && (mask & b) === mask) return { kind: "operand", value: left };
  if (width === 32 && isSignCut(alu, left, b) && isSignCutOf(left.operands[0]!, b!)) {
    return { kind: "operand", value: left.operands[0]! };
  }
  const shift = alu === isa.mul && b !== undefined ? powerOfTwo(b) : undefined;
  if (shift !== undefined && shift > 0n) {
    const count: Value = { ...right, op: { kind: "constant", value: shift } };
    return { kind: "operation", op: { kind: "alu", alu: isa.lsh, width }, operands: [left, count] };
  }
  const neutral = alu === isa.mul || alu === isa.div || alu === isa.sdiv ? 1n : 0n;
  if (b === neutral && identities.has(alu)) return { kind: "operand", value: left };
  if (a !== undefined && commutative.has(alu))
    return { kind: "operation", op: { kind: "alu", alu, width }, operands: [right, left] };
  if (alu === isa.and && b !== undefined && masksNothing(left, b)) return { kind: "operand", value: left };
  return undefined;
}

function fitsIn32Bits(value: Value): boolean {
  const maximum = maximumOf(value);
  return maximum !== undefined && maximum < 1n << 32n;
}

/** Swapping the bytes of a number that has no others is undone by swapping them again. */
function swappedTwice(unary: isa.UnaryOperation, { op, operands }: Value): boolean {
  if (op.kind !== "unary" || op.unary !== unary || (unary !== isa.be16 && unary !== isa.be32 && unary !== isa.be64)) {
    return false;
  }
  const inner = operands[0]!;
  const bits = unary === isa.be16 ? 16n : unary === isa.be32 ? 32n : 64n;
  const maximum = inner.op.kind === "load" ? (1n << BigInt(8 * inner.op.sizeBytes)) - 1n : maximumOf(inner);
  return maximum !== undefined && maximum < 1n << bits;
}

const commutative = new Set([isa.add, isa.mul, isa.and, isa.or, isa.xor]);
const identities = new Set([isa.add, isa.sub, isa.mul, isa.div, isa.or, isa.xor, isa.lsh, isa.rsh, isa.arsh]);

/** The exponent of a power of two. */
function powerOfTwo(value: bigint): bigint | undefined {
  return value > 0n && (value & (value - 1n)) === 0n ? BigInt(value.toString(2).length - 1) : undefined;
}

/** Whether `left >> count` cuts a value to its low bits and extends their sign. */
function isSignCut(alu: isa.AluOperation, left: Value, count: bigint | undefined): boolean {
  const isShift = alu === isa.arsh && left.op.kind === "alu" && left.op.alu === isa.lsh && left.op.width === 32;
  return isShift && count !== undefined && constantOf(left.operands[1]) === count;
}

/** Whether `value` was cut and extended in the same way already. */
function isSignCutOf({ op, operands }: Value, count: bigint): boolean {
  const [left, right] = operands;
  return op.kind === "alu" && op.width === 32 && constantOf(right) === count && isSignCut(op.alu, left!, count);
}

/** Whether `mask` is a row of ones that is as long as `value` can be. */
function masksNothing(value: Value, mask: bigint): boolean {
  if ((mask & (mask + 1n)) !== 0n) return false;
  const maximum = maximumOf(value);
  return maximum !== undefined && maximum <= mask;
}

function foldCompare(op: Operation & { kind: "compare" }, left: Value, right: Value): Folded | undefined {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) {
    const holds = op.width === 64 ? op.condition.apply(a, b) : op.condition.apply32(a, b);
    return constant(holds ? 1n : 0n);
  }
  // A comparison of a comparison with zero.
  if (b !== 0n || left.op.kind !== "compare") return undefined;
  if (op.condition === isa.jne) return { kind: "operand", value: left };
  const opposite = op.condition === isa.jeq ? isa.oppositeOf(left.op.condition) : undefined;
  if (opposite === undefined) return undefined;
  return { kind: "operation", op: { ...left.op, condition: opposite }, operands: [...left.operands] };
}

function constant(value: bigint): Folded {
  return { kind: "operation", op: { kind: "constant", value: BigInt.asUintN(64, value) }, operands: [] };
}

export function constantOf(value: Value | undefined): bigint | undefined {
  return value?.op.kind === "constant" ? value.op.value : undefined;
}
