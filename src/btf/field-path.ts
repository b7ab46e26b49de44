/**
 * The way from a type to one of its fields. The program names it by member indices of its own,
 * partial types; the kernel's type is searched for members of the same names, wherever they lie.
 */

import { InputError } from "../errors/error.ts";
import type { TypeIn } from "./compatible.ts";
import type { Btf } from "./read.ts";
import type { BtfMember } from "./types.ts";
import { sizeOf, skipModifiers } from "./walk.ts";

/** One step: to an element of an array, or to a member. `type` is the program's type of what is there. */
type Step =
  | { readonly kind: "element"; readonly index: number; readonly type: number }
  | { readonly kind: "member"; readonly name: string; readonly type: number; readonly member: BtfMember };

/** A field as the program sees it. The first step is to an element of the root. */
export interface FieldPath {
  readonly btf: Btf;
  readonly root: number;
  readonly steps: readonly Step[];
  /** For people: `sock.__sk_common.skc_dport`. */
  readonly text: string;
}

/** A place in a type of the kernel. `member` is there where the last step was to a member. */
export interface FieldPlace {
  readonly btf: Btf;
  readonly bitOffset: number;
  readonly type: number;
  readonly member: BtfMember | undefined;
}

/** Reads an access string such as `0:2:1` against the program's own type. */
export function parseFieldPath(btf: Btf, root: number, access: string): FieldPath {
  const [first, ...rest] = parseIndices(access);
  const { type: rootType } = skipModifiers(btf, root);
  const steps: Step[] = [{ kind: "element", index: first!, type: root }];
  let text = `${"name" in rootType ? rootType.name : ""}${first === 0 ? "" : `[${first}]`}`;
  let at = root;

  for (const index of rest) {
    const { type } = skipModifiers(btf, at);
    if (type.kind === "struct" || type.kind === "union") {
      const member = type.members[index];
      if (member === undefined) throw badAccess(access, `${text} has no member ${index}`);
      at = member.type;
      // Members without a name are no step: their own members are found through them.
      if (member.name === "") continue;
      steps.push({ kind: "member", name: member.name, type: at, member });
      text += `.${member.name}`;
    } else if (type.kind === "array") {
      at = type.element;
      steps.push({ kind: "element", index, type: at });
      text += `[${index}]`;
    } else {
      throw badAccess(access, `${text} is of kind ${type.kind} and has no parts`);
    }
  }
  return { btf, root, steps, text };
}

/** The numbers of an access string. */
export function parseIndices(access: string): number[] {
  if (!/^\d{1,9}(:\d{1,9}){0,63}$/.test(access)) throw badAccess(access, "it must be numbers joined by colons");
  return access.split(":").map(Number);
}

function badAccess(access: string, reason: string): InputError {
  return new InputError("BTF_BAD_ACCESS", `the access string "${access}" of a relocation is wrong: ${reason}`);
}

/** Decides whether a member of the right name is the one. */
export type MemberTest = (local: TypeIn, target: TypeIn) => boolean;

/** Where the kernel's type has the field; `undefined` when it has none of that name that `fits`. */
export function findField(path: FieldPath, target: TypeIn, fits: MemberTest): FieldPlace | undefined {
  const { btf } = target;
  let place: FieldPlace = { btf, bitOffset: 0, type: target.id, member: undefined };
  for (const [depth, step] of path.steps.entries()) {
    const test = (id: number) => fits({ btf: path.btf, id: step.type }, { btf, id });
    const next = step.kind === "member" ? findMember(place, step.name, test) : findElement(place, step.index, depth);
    if (next === undefined) return undefined;
    place = next;
  }
  return place;
}

/** An element of an array, or at the root (`depth` 0) of the array that a pointer to the type is. */
function findElement(place: FieldPlace, index: number, depth: number): FieldPlace | undefined {
  const { btf } = place;
  let element = place.type;
  if (depth > 0) {
    const { type } = skipModifiers(btf, place.type);
    if (type.kind !== "array") return undefined;
    // An array of no elements, at the end of a struct, is as long as its memory.
    if (index >= type.length && type.length !== 0) return undefined;
    element = type.element;
  }
  const sizeBytes = sizeOf(btf, element);
  if (sizeBytes === undefined) return undefined;
  return { btf, bitOffset: place.bitOffset + index * sizeBytes * 8, type: element, member: undefined };
}

/** The member of that name, also inside members that have no name themselves. */
function findMember(place: FieldPlace, name: string, test: (id: number) => boolean, depth = 0): FieldPlace | undefined {
  const { btf } = place;
  const { type } = skipModifiers(btf, place.type);
  if ((type.kind !== "struct" && type.kind !== "union") || depth > 32) return undefined;

  for (const member of type.members) {
    const inside = { btf, bitOffset: place.bitOffset + member.bitOffset, type: member.type, member };
    if (member.name === "") {
      const found = findMember(inside, name, test, depth + 1);
      if (found !== undefined) return found;
    } else if (member.name === name) {
      return test(member.type) ? inside : undefined;
    }
  }
  return undefined;
}
