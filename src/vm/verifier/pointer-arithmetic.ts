/** Arithmetic with pointers: they move, by constants or by numbers that stay small; two of them can be subtracted. */

import { type AluOperation, add, sub, type Width } from "../../isa/index.ts";
import { arithmeticRange } from "./arithmetic.ts";
import { constantOf, constantRange } from "./range.ts";
import { refuse } from "./refusal.ts";
import { markPrecise, type Pointer, type Scalar, scalar, unknownScalar, type Value } from "./value.ts";
import { inWords, nameOf, type WalkContext } from "./walk-context.ts";

/** No object is so large (`BPF_MAX_VAR_OFF`). */
export const mostOffset = 2 ** 29;

/** Words of the kernel, whose type nobody knows, are numbers as well. */
export const isWord = (value: Value): boolean =>
  value.kind === "pointer" && value.to.kind === "kernel" && value.to.isWord;

/** `dst (op)= src`, where one of them is a pointer. */
export function pointerArithmetic(
  walk: WalkContext,
  operation: AluOperation,
  width: Width,
  dst: { readonly register: number; readonly value: Value },
  src: { readonly register: number; readonly value: Value },
): Value {
  const { slot } = walk;
  const [left, right] = [dst.value, src.value];
  const isSubtraction = operation === sub;
  if (left.kind === "iterator" || right.kind === "iterator") return refuse("pointerArithmetic", "this is an iterator");
  if (width === 32) {
    if (isWord(left) || isWord(right) || isSubtraction) return unknownScalar(slot, 4);
    return refuse(
      "pointerArithmetic",
      `half of an address in ${namePointer(walk, dst, src)} is no address`,
      "use 64 bits",
    );
  }
  if (left.kind === "pointer" && right.kind === "pointer") {
    if (isSubtraction || isWord(left) || isWord(right)) return unknownScalar(slot);
    return refuse(
      "pointerArithmetic",
      "two addresses can only be subtracted from one another",
      "take a number for one",
    );
  }
  if (operation !== add && operation !== sub) {
    if (isWord(left) || isWord(right)) return unknownScalar(slot);
    return refuse(
      "pointerArithmetic",
      `${namePointer(walk, dst, src)} is an address, which \`${operation.symbol}\` cannot change`,
      "only add to it, or subtract from it",
    );
  }
  if (left.kind === "scalar") {
    if (isWord(right)) return unknownScalar(slot);
    if (isSubtraction) return refuse("pointerArithmetic", "an address cannot be subtracted from a number");
    return moved(walk, { ...src, value: right as Pointer }, { ...dst, value: left }, false);
  }
  return moved(walk, { ...dst, value: left }, { ...src, value: right as Scalar }, isSubtraction);
}

/** A pointer that moved by a number. */
function moved(
  walk: WalkContext,
  from: { readonly register: number; readonly value: Pointer },
  by: { readonly register: number; readonly value: Scalar },
  isSubtraction: boolean,
): Value {
  const { value: pointer } = from;
  const distance = constantOf(by.value.range);
  if (isWord(pointer) && distance === undefined) return unknownScalar(walk.slot);
  checkMovable(walk, pointer, from.register, distance);
  markPrecise(by.value);
  if (distance !== undefined) {
    const offset = pointer.offset + Number(BigInt.asIntN(64, isSubtraction ? -distance : distance));
    if (Math.abs(offset) >= mostOffset) {
      refuse("pointerArithmetic", `${offset} bytes are more than any memory has`, "use a smaller constant");
    }
    return { ...pointer, offset };
  }
  return movedByVariable(walk, pointer, by, isSubtraction);
}

function movedByVariable(
  walk: WalkContext,
  pointer: Pointer,
  by: { readonly register: number; readonly value: Scalar },
  isSubtraction: boolean,
): Pointer {
  const start = pointer.variable?.range ?? constantRange(0n);
  const range = arithmeticRange(isSubtraction ? sub : add, 64, start, by.value.range);
  const limit = BigInt(mostOffset);
  if (range.signedLeast <= -limit || range.signedLeast >= limit) {
    refuse(
      "pointerArithmetic",
      `${nameOf(walk, by.value, by.register)} may be ${inWords(by.value.range)}, which is too much to move on by`,
      "cast it to an unsigned type and bound it: `min(u32(value), length - 1)`",
    );
  }
  const variable = scalar(range, by.value.madeAt, pointer.variable ? [pointer.variable, by.value] : [by.value]);
  markPrecise(variable);
  return { ...pointer, variable, knownBytes: 0 };
}

function checkMovable(walk: WalkContext, pointer: Pointer, register: number, distance: bigint | undefined): void {
  if (distance === 0n) return;
  const name = nameOf(walk, pointer, register);
  if (pointer.nullId !== 0) {
    refuse("mayBeNull", `${name} may be null`, "compare it with null first: `if (value === null) return;`");
  }
  const { kind } = pointer.to;
  const fixed = kind === "packetEnd" || kind === "map" || kind === "socket" || kind === "function";
  if (fixed) refuse("pointerArithmetic", `${name} is no memory, and has no places to move to`);
  const constantOnly = kind === "context" || kind === "kernel";
  if (constantOnly && distance === undefined) {
    refuse("pointerArithmetic", `the place that ${name} moves to must be known`, "use a constant index");
  }
}

const namePointer = (
  walk: WalkContext,
  dst: { readonly register: number; readonly value: Value },
  src: { readonly register: number; readonly value: Value },
): string => {
  const which = dst.value.kind === "pointer" ? dst : src;
  return nameOf(walk, which.value, which.register);
};
