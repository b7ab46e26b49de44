/** `*((base + 8) + 16)` is `*(base + 24)`: constant distances move into the instruction that reads or writes. */

import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import type { Operation, Routine, Value } from "./ir.ts";

export function mergeOffsets({ blocks }: Routine): boolean {
  let changed = false;
  for (const { body } of blocks) {
    for (const value of body) {
      if (!hasOffset(value.op)) continue;
      const [base] = value.operands;
      const distance = base && distanceOf(base);
      if (distance === undefined || Math.abs(value.op.offset + distance) > 16_000) continue;
      value.op = { ...value.op, offset: value.op.offset + distance };
      value.operands[0] = base!.operands[0]!;
      changed = true;
    }
  }
  return changed;
}

type WithOffset = Operation & { readonly kind: "load" | "store" | "zero" | "checkedLoad" | "checkedStore" | "atomic" };

function hasOffset(op: Operation): op is WithOffset {
  if (op.kind === "load") return op.relocation === undefined;
  return ["store", "zero", "checkedLoad", "checkedStore", "atomic"].includes(op.kind);
}

/** The constant that `base` adds to its first operand. */
function distanceOf({ op, operands }: Value): number | undefined {
  if (op.kind !== "alu" || op.alu !== isa.add || op.width !== 64) return undefined;
  const distance = constantOf(operands[1]);
  return distance === undefined ? undefined : Number(BigInt.asIntN(64, distance));
}
