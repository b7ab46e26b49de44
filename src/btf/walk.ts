/** Questions about a type that need the types it is made of. */

import { InputError } from "../errors/error.ts";
import type { Btf } from "./read.ts";
import type { BtfEnum, BtfType } from "./types.ts";

/** Longer chains of types are a loop: real ones are a handful long. */
const mostSteps = 64;

/** The type behind typedefs, `const`, `volatile`, `restrict` and type tags. */
export function skipModifiers(btf: Btf, id: number): { readonly id: number; readonly type: BtfType } {
  for (let step = 0, at = id; step < mostSteps; step++) {
    const type = btf.type(at);
    switch (type.kind) {
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "typeTag":
        at = type.type;
        break;
      default:
        return { id: at, type };
    }
  }
  throw new InputError("BTF_LOOP", `type ${id} of this BTF is made of itself`);
}

/** The size of a value of that type in bytes; `undefined` for types without one, such as functions. */
export function sizeOf(btf: Btf, id: number): number | undefined {
  let count = 1;
  for (let step = 0, at = id; step < mostSteps; step++) {
    const { type } = skipModifiers(btf, at);
    switch (type.kind) {
      case "array":
        count *= type.length;
        at = type.element;
        break;
      case "var":
      case "declTag":
        at = type.type;
        break;
      case "ptr":
        return count * 8;
      default:
        return "sizeBytes" in type ? count * type.sizeBytes : undefined;
    }
  }
  throw new InputError("BTF_LOOP", `type ${id} of this BTF is made of itself`);
}

export function isEnum(type: BtfType): type is BtfEnum {
  return type.kind === "enum" || type.kind === "enum64";
}
