/** What a branch comes to when it is known where it goes. */

import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import type { End, Operation, Value } from "./ir.ts";
import { maximumOf } from "./ranges.ts";

export function foldBranch(end: End & { kind: "branch" }): End | undefined {
  const { condition, width, operands, then, otherwise, place } = end;
  const [left, right] = operands;
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) {
    const holds = width === 64 ? condition.apply(a, b) : condition.apply32(a, b);
    return { kind: "jump", to: holds ? then : otherwise, place };
  }
  const known = decided(end);
  if (known !== undefined) return { kind: "jump", to: known ? then : otherwise, place };
  if (then === otherwise && then.phis.length === 0) return { kind: "jump", to: then, place };
  const swapped = comparedAsStored(condition, left, b);
  if (swapped !== undefined) return { ...end, operands: [left.operands[0]!, { ...right, op: swapped }] };
  // A branch on the result of a comparison is a branch on what it compares.
  if (left.op.kind !== "compare" || b !== 0n) return undefined;
  const inner = left.op;
  const [first, second] = left.operands;
  if (condition === isa.jne)
    return { ...end, condition: inner.condition, width: inner.width, operands: [first!, second!] };
  const opposite = condition === isa.jeq ? isa.oppositeOf(inner.condition) : undefined;
  if (opposite === undefined) return undefined;
  return { ...end, condition: opposite, width: inner.width, operands: [first!, second!] };
}

/** Where a branch goes because of how large its left side can be, or because it is no null pointer. */
function decided({ condition, operands, guard }: End & { kind: "branch" }): boolean | undefined {
  const [left, right] = operands;
  const limit = constantOf(right);
  if (limit === undefined) return undefined;
  const isPointer = (left.op.kind === "alu" && left.op.nonNull) || (left.op.kind === "load" && left.op.packet);
  if (limit === 0n && isPointer) {
    return condition === isa.jne ? true : condition === isa.jeq ? false : undefined;
  }
  const maximum = guard ? undefined : maximumOf(left);
  if (maximum === undefined || maximum >= 1n << 31n) return undefined;
  if (condition === isa.jgt && maximum <= limit) return false;
  if (condition === isa.jle && maximum <= limit) return true;
  if (condition === isa.jlt && maximum < limit) return true;
  return condition === isa.jge && maximum < limit ? false : undefined;
}

/** A number that was swapped equals a constant where, as it stands in memory, it equals the swapped constant. */
function comparedAsStored(condition: isa.Condition, { op }: Value, limit: bigint | undefined): Operation | undefined {
  const isEquality = condition === isa.jeq || condition === isa.jne;
  if (!isEquality || limit === undefined || op.kind !== "unary") return undefined;
  if (op.unary !== isa.be16 && op.unary !== isa.be32) return undefined;
  const swapped = op.unary.apply(limit);
  // Otherwise the swapped number never equals it, which is left as it is.
  return op.unary.apply(swapped) === limit ? { kind: "constant", value: swapped } : undefined;
}
