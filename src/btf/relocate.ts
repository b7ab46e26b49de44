/**
 * CO-RE: what one relocation means on a kernel with other types than the program was compiled with.
 * The meaning of every kind is that of libbpf (`relo_core.c`).
 */

import { InputError } from "../errors/error.ts";
import type { CoreRelocation, CoreRelocationKind } from "../spec/collection.ts";
import { type AccessSizes, accessSizes } from "./access-size.ts";
import { fieldsAreCompatible, typesAreCompatible } from "./compatible.ts";
import { type FieldPath, type FieldPlace, findField, parseFieldPath, parseIndices } from "./field-path.ts";
import { fieldValue } from "./field-value.ts";
import { typesMatch } from "./match.ts";
import { essentialName } from "./names.ts";
import type { Btf } from "./read.ts";
import type { BtfKind } from "./types.ts";
import { isEnum, sizeOf, skipModifiers } from "./walk.ts";

/**
 * The outcome: a value for the instruction, or nothing. `text` names the thing (`sock.sk_cookie`);
 * `text` and `reason` together complete the sentence "this kernel has no …".
 */
export type Relocated =
  | { readonly kind: "value"; readonly text: string; readonly value: bigint; readonly access?: AccessSizes }
  | { readonly kind: "missing"; readonly text: string; readonly reason: string };

/** Computes `relocation`, whose type id is in `local`, for the types of `target`. */
export function relocate(local: Btf, target: Btf, relocation: CoreRelocation): Relocated {
  const { kind, typeId } = relocation;
  switch (kind) {
    case "typeIdLocal":
      return value(nameOf(local, typeId), typeId);
    case "typeIdTarget":
    case "typeExists":
    case "typeSize":
    case "typeMatches":
      return relocateType(kind, local, target, typeId);
    case "enumValue":
    case "enumValueExists":
      return relocateEnum(kind, local, target, relocation);
    default:
      return relocateField(kind, local, target, relocation);
  }
}

function relocateField(kind: CoreRelocationKind, local: Btf, target: Btf, relocation: CoreRelocation): Relocated {
  const path = parseFieldPath(local, relocation.typeId, relocation.access);
  const { text } = path;
  const candidates = candidatesOf(local, target, relocation.typeId);
  const places = candidates.flatMap((id) => findField(path, { btf: target, id }, fieldsAreCompatible) ?? []);
  if (kind === "fieldExists") return value(text, places.length === 0 ? 0 : 1);
  if (places.length === 0) return missing(text, whyMissing(path, target, candidates));

  const found = single(
    text,
    places.map((place) => fieldValue(kind, place)),
  );
  return kind === "fieldByteOffset" && found.kind === "value"
    ? { ...found, access: accessOf(path, places[0]!) }
    : found;
}

/** Tells a type that is absent, a field that is absent, and a field of another kind apart. */
function whyMissing(path: FieldPath, target: Btf, candidates: readonly number[]): string {
  if (candidates.length === 0) return `(no ${essentialName(nameOf(path.btf, path.root))} at all)`;
  const place = candidates.map((id) => findField(path, { btf: target, id }, () => true)).find(Boolean);
  if (place === undefined) return "";
  return `of the declared kind (it is a ${skipModifiers(target, place.type).type.kind})`;
}

function accessOf(path: FieldPath, place: FieldPlace): AccessSizes {
  const last = path.steps.at(-1)!;
  const isBitField = last.kind === "member" && last.member.bitSize !== undefined;
  return accessSizes(
    { btf: path.btf, id: last.type, isBitField },
    { btf: place.btf, id: place.type, isBitField: place.member?.bitSize !== undefined },
  );
}

/** Relocations of types give 0 where the kernel has no such type. */
function relocateType(kind: CoreRelocationKind, local: Btf, target: Btf, typeId: number): Relocated {
  const text = nameOf(local, typeId);
  const relation = kind === "typeMatches" ? typesMatch : typesAreCompatible;
  const ids = candidatesOf(local, target, typeId).filter((id) =>
    relation({ btf: local, id: typeId }, { btf: target, id }),
  );
  if (ids.length === 0) return value(text, 0);
  if (kind === "typeExists" || kind === "typeMatches") return value(text, 1);
  return single(
    text,
    ids.map((id) => (kind === "typeSize" ? sizeOf(target, id) : id)),
  );
}

function relocateEnum(kind: CoreRelocationKind, local: Btf, target: Btf, relocation: CoreRelocation): Relocated {
  const type = local.type(relocation.typeId);
  const [index, ...rest] = parseIndices(relocation.access);
  const wanted = isEnum(type) && rest.length === 0 ? type.values[index!]?.name : undefined;
  if (wanted === undefined) {
    throw new InputError("BTF_BAD_ACCESS", `the access string "${relocation.access}" names no value of an enum`);
  }

  const text = `${nameOf(local, relocation.typeId)}.${wanted}`;
  const values = candidatesOf(local, target, relocation.typeId).flatMap((id) => {
    const candidate = target.type(id);
    const found = isEnum(candidate) && candidate.values.find(({ name }) => sameEssentialName(name, wanted));
    return found ? [found.value] : [];
  });
  if (kind === "enumValueExists") return value(text, values.length === 0 ? 0 : 1);
  return values.length === 0 ? missing(text) : single(text, values);
}

/** The value of several definitions of one name, which counts only when all agree. */
function single(text: string, values: readonly (bigint | number | undefined)[]): Relocated {
  const [first] = values;
  if (values.some((other) => other !== first)) return missing(text, "that is the same in all its definitions");
  return first === undefined ? missing(text, "that can be read") : value(text, first);
}

/** The types of the kernel that may be the program's: of the same kind and name, flavours aside. */
function candidatesOf(local: Btf, target: Btf, typeId: number): readonly number[] {
  const type = local.type(typeId);
  const name = "name" in type ? essentialName(type.name) : "";
  if (name === "") throw new InputError("BTF_NO_NAME", `a relocation refers to type ${typeId}, which has no name`);
  const kinds: readonly BtfKind[] = isEnum(type) ? ["enum", "enum64"] : [type.kind];
  return kinds.flatMap((kind) => target.findFlavours(name, kind));
}

function sameEssentialName(one: string, other: string): boolean {
  return essentialName(one) === essentialName(other);
}

function nameOf(btf: Btf, id: number): string {
  const type = btf.type(id);
  return "name" in type ? type.name : "";
}

function value(text: string, number: bigint | number): Relocated {
  return { kind: "value", text, value: BigInt(number) };
}

function missing(text: string, reason = ""): Relocated {
  return { kind: "missing", text, reason };
}
