/** When a field has another size in the kernel than in the program, the load of it may have to change size too. */

import type { TypeIn } from "./compatible.ts";
import type { BtfType } from "./types.ts";
import { sizeOf, skipModifiers } from "./walk.ts";

/** The size of a field here and there; 0 for a bit field, which no plain load reads. */
export interface AccessSizes {
  readonly local: number;
  readonly target: number;
  /** Whether a load of the other size gives the same value: for pointers and unsigned integers, filled with zeros. */
  readonly canChange: boolean;
}

/** A field's type, and whether it is a bit field. */
export interface SizedField extends TypeIn {
  readonly isBitField: boolean;
}

export function accessSizes(local: SizedField, target: SizedField): AccessSizes {
  const one = skipModifiers(local.btf, local.id).type;
  const other = skipModifiers(target.btf, target.id).type;
  const pointers = one.kind === "ptr" && other.kind === "ptr";
  return {
    local: fieldSize(local),
    target: fieldSize(target),
    canChange: pointers || (isUnsigned(one) && isUnsigned(other)),
  };
}

function fieldSize({ btf, id, isBitField }: SizedField): number {
  return isBitField ? 0 : (sizeOf(btf, id) ?? 0);
}

function isUnsigned(type: BtfType): boolean {
  return type.kind === "int" && type.encoding !== "signed";
}
