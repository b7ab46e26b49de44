/**
 * When a type of a program stands for a type of the kernel. The rules are those of libbpf
 * (`bpf_core_fields_are_compat` and `bpf_core_types_are_compat` in `relo_core.c`).
 */

import { essentialName } from "./names.ts";
import type { Btf } from "./read.ts";
import type { BtfPrototype, BtfType } from "./types.ts";
import { isEnum, skipModifiers } from "./walk.ts";

/** A type and the BTF it is in. */
export interface TypeIn {
  readonly btf: Btf;
  readonly id: number;
}

const mostDepth = 32;

/** Whether a field of the kernel may be read as that of the program: sizes may differ, the sort of type may not. */
export function fieldsAreCompatible(local: TypeIn, target: TypeIn, depth = 0): boolean {
  const one = skipModifiers(local.btf, local.id).type;
  const other = skipModifiers(target.btf, target.id).type;
  if (isComposite(one) && isComposite(other)) return true;
  if (!sameSort(one, other)) return false;

  switch (one.kind) {
    case "ptr":
    case "float":
      return true;
    case "int":
      return isWholeInt(one) && isWholeInt(other);
    case "fwd":
    case "enum":
    case "enum64":
      return sameOrNoName(one.name, "name" in other ? other.name : "");
    case "array":
      if (other.kind !== "array" || depth === mostDepth) return false;
      return fieldsAreCompatible({ ...local, id: one.element }, { ...target, id: other.element }, depth + 1);
    default:
      return false;
  }
}

/** Whether a type of the kernel is the program's type of the same name, looking no deeper than pointers and arrays. */
export function typesAreCompatible(local: TypeIn, target: TypeIn, depth = 0): boolean {
  const one = skipModifiers(local.btf, local.id).type;
  const other = skipModifiers(target.btf, target.id).type;
  if (!sameSort(one, other) || depth === mostDepth) return false;
  const compatible = (localId: number, targetId: number) =>
    typesAreCompatible({ ...local, id: localId }, { ...target, id: targetId }, depth + 1);

  switch (one.kind) {
    case "void":
    case "struct":
    case "union":
    case "enum":
    case "enum64":
    case "fwd":
    case "float":
      return true;
    case "int":
      return isWholeInt(one) && isWholeInt(other);
    case "ptr":
      return other.kind === "ptr" && compatible(one.type, other.type);
    case "array":
      return other.kind === "array" && compatible(one.element, other.element);
    case "funcProto":
      return other.kind === "funcProto" && prototypesMatch(one, other, compatible);
    default:
      return false;
  }
}

function prototypesMatch(
  one: BtfPrototype,
  other: BtfPrototype,
  compatible: (localId: number, targetId: number) => boolean,
): boolean {
  return (
    one.parameters.length === other.parameters.length &&
    one.parameters.every(({ type }, index) => compatible(type, other.parameters[index]!.type)) &&
    compatible(one.returns, other.returns)
  );
}

function isComposite(type: BtfType): boolean {
  return type.kind === "struct" || type.kind === "union";
}

/** The same kind; enums of both sizes are of one sort. */
function sameSort(one: BtfType, other: BtfType): boolean {
  return one.kind === other.kind || (isEnum(one) && isEnum(other));
}

/** Integers that begin in the middle of their bytes are what old compilers made of bit fields. */
function isWholeInt(type: BtfType): boolean {
  return type.kind === "int" && type.bitOffset === undefined;
}

function sameOrNoName(one: string, other: string): boolean {
  return one === "" || other === "" || essentialName(one) === essentialName(other);
}
