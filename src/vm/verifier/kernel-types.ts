/** What a read of a kernel structure gives: another pointer, or a number. */

import { type Btf, sizeOf, skipModifiers } from "../../btf/index.ts";
import type { CoreRelocation } from "../../spec/index.ts";

/** What stands at a place: a pointer to a structure, a number, or a structure that stands inside. */
export type Place =
  | { readonly kind: "pointer"; readonly typeId: number }
  | { readonly kind: "number" }
  | { readonly kind: "inside"; readonly typeId: number };

const number: Place = { kind: "number" };
const mostDepth = 16;

/** What a type is to whoever loads it. */
function placeOf(types: Btf, id: number): Place {
  const { id: bare, type } = skipModifiers(types, id);
  if (type.kind === "ptr") {
    const { id: target, type: pointed } = skipModifiers(types, type.type);
    const isStruct = pointed.kind === "struct" || pointed.kind === "union";
    return isStruct ? { kind: "pointer", typeId: target } : number;
  }
  return type.kind === "struct" || type.kind === "union" || type.kind === "array"
    ? { kind: "inside", typeId: bare }
    : number;
}

/** The place that a relocation names. */
export function relocatedPlace(types: Btf, { typeId, access }: CoreRelocation): Place {
  let at = typeId;
  for (const index of access.split(":").slice(1).map(Number)) {
    const { type } = skipModifiers(types, at);
    if (type.kind === "struct" || type.kind === "union") at = type.members[index]?.type ?? 0;
    else if (type.kind === "array") at = type.element;
    else return number;
  }
  return placeOf(types, at);
}

/** What stands at `offset` of a type; `undefined` outside of it. */
export function placeAt(types: Btf, typeId: number, offset: number, sizeBytes: number): Place | undefined {
  const size = sizeOf(types, typeId);
  if (size === undefined || offset < 0 || offset + sizeBytes > size) return undefined;
  let [at, rest] = [typeId, offset];
  for (let depth = 0; depth < mostDepth; depth++) {
    const { type } = skipModifiers(types, at);
    if (type.kind === "array") {
      const element = sizeOf(types, type.element) ?? 0;
      if (element === 0) return number;
      [at, rest] = [type.element, rest % element];
    } else if (type.kind === "struct" || type.kind === "union") {
      const member = type.members.findLast(
        (one) => one.bitOffset / 8 <= rest && rest < one.bitOffset / 8 + (sizeOf(types, one.type) ?? 0),
      );
      if (member === undefined) return number;
      [at, rest] = [member.type, rest - Math.floor(member.bitOffset / 8)];
    } else {
      const place = placeOf(types, at);
      return rest === 0 && sizeBytes === 8 ? place : number;
    }
  }
  return number;
}

/** The type of that name, of a structure. */
export const structOf = (types: Btf | undefined, name: string): number | undefined => types?.find(name, "struct");
