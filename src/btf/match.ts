/**
 * Whether a type of the kernel has all that the program's type of that name says, to any depth before pointers
 * (`__bpf_core_types_match` in `relo_core.c` of libbpf): the strictest of the relations between types.
 */

import type { TypeIn } from "./compatible.ts";
import { essentialName } from "./names.ts";
import type { BtfComposite, BtfEnum, BtfForward, BtfType } from "./types.ts";
import { isEnum, skipModifiers } from "./walk.ts";

const mostDepth = 32;

/** Behind a pointer a struct is only its name: types that point to each other would have no end. */
export function typesMatch(local: TypeIn, target: TypeIn, behindPointer = false, depth = 0): boolean {
  if (depth > mostDepth) return false;
  const one = skipModifiers(local.btf, local.id).type;
  const other = skipModifiers(target.btf, target.id).type;
  if (essentialName(nameOf(one)) !== essentialName(nameOf(other))) return false;
  const match = (localId: number, targetId: number, behind = behindPointer) =>
    typesMatch({ ...local, id: localId }, { ...target, id: targetId }, behind, depth + 1);

  switch (one.kind) {
    case "void":
      return other.kind === "void";
    case "fwd":
      return forwardMatches(one, other, behindPointer);
    case "enum":
    case "enum64":
      return isEnum(other) && valuesMatch(one, other);
    case "struct":
    case "union":
      if (behindPointer) return other.kind === one.kind || (other.kind === "fwd" && other.of === one.kind);
      return other.kind === one.kind && membersMatch(one, other, match);
    case "int":
      return (
        other.kind === "int" &&
        other.sizeBytes === one.sizeBytes &&
        (other.encoding === "signed") === (one.encoding === "signed")
      );
    case "ptr":
      return other.kind === "ptr" && match(one.type, other.type, true);
    case "array":
      return other.kind === "array" && other.length === one.length && match(one.element, other.element);
    case "funcProto":
      return (
        other.kind === "funcProto" &&
        other.parameters.length === one.parameters.length &&
        one.parameters.every(({ type }, index) => match(type, other.parameters[index]!.type)) &&
        match(one.returns, other.returns)
      );
    default:
      return false;
  }
}

function forwardMatches(one: BtfForward, other: BtfType, behindPointer: boolean): boolean {
  if (other.kind === "fwd") return other.of === one.of;
  return behindPointer && other.kind === one.of;
}

/** Every value of the program is one of the kernel; what it is worth does not count. */
function valuesMatch(one: BtfEnum, other: BtfEnum): boolean {
  const names = new Set(other.values.map(({ name }) => essentialName(name)));
  return one.values.every(({ name }) => names.has(essentialName(name)));
}

function membersMatch(
  one: BtfComposite,
  other: BtfComposite,
  match: (localId: number, targetId: number) => boolean,
): boolean {
  return one.members.every((member) =>
    other.members.some(
      (candidate) => essentialName(candidate.name) === essentialName(member.name) && match(member.type, candidate.type),
    ),
  );
}

function nameOf(type: BtfType): string {
  return "name" in type ? type.name : "";
}
