/** What a branch comes to when it is known where it goes. */

import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import type { End } from "./ir.ts";

export function foldBranch(end: End & { kind: "branch" }): End | undefined {
  const { condition, width, operands, then, otherwise, place } = end;
  const [left, right] = operands;
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) {
    const holds = width === 64 ? condition.apply(a, b) : condition.apply32(a, b);
    return { kind: "jump", to: holds ? then : otherwise, place };
  }
  if (then === otherwise && then.phis.length === 0) return { kind: "jump", to: then, place };
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
