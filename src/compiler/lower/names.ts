/** What a name or a member stands for. */

import type * as isa from "../../isa/index.ts";
import type { Entity } from "../entity.ts";
import { memberOf } from "../evaluate.ts";
import { configOffset } from "../exports.ts";
import { globalMap, globalOffset } from "../globals.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { Expression } from "../syntax.ts";
import { integerByName } from "../types.ts";
import { lowerElement } from "./calls.ts";
import { describe, refuseNull } from "./coerce.ts";
import { memberOfContext } from "./contexts.ts";
import { lowerExpression } from "./expressions.ts";
import { wrap } from "./integers.ts";
import { memberOfKernel } from "./kernel-reads.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { fieldOf, readPlace, referenceType } from "./memory.ts";
import type { Operand } from "./operand.ts";
import { readVariable } from "./variables.ts";

export function lowerName(lowering: Lowering, name: string, place: Place): Operand {
  const binding = lowering.scope.find(name);
  if (binding !== undefined) return lowerBinding(lowering, binding, place);
  const entity = lowering.module.value(name, place);
  if (entity === undefined) throw problem("mistake", place, `nothing here is named ${name}`);
  return entityOperand(lowering, entity, place);
}

export function lowerBinding(lowering: Lowering, binding: Binding, place: Place): Operand {
  const operand = binding.kind === "fixed" ? binding.operand : readVariable(lowering, binding, place);
  return "nullable" in operand && lowering.isKnown(binding) ? { ...operand, nullable: false } : operand;
}

function entityOperand(lowering: Lowering, entity: Entity, place: Place): Operand {
  if (entity.kind === "constant") return { kind: "literal", value: entity.value, wide: entity.wide };
  if (entity.kind === "intrinsic") {
    const type = integerByName.get(entity.name);
    if (type !== undefined) return { kind: "entity", entity: { kind: "integerType", type } };
  }
  if (entity.kind === "global") {
    const offset = globalOffset(lowering.uses.globals, entity);
    const base = lowering.emit({ kind: "mapValue", map: globalMap, offset }, [], place);
    return { kind: "memory", type: referenceType(entity.type), base, offset: 0, nullable: false };
  }
  if (entity.kind !== "config") return { kind: "entity", entity };

  const offset = configOffset(lowering.uses, entity);
  const base = lowering.emit({ kind: "mapValue", map: ".rodata", offset }, [], place);
  const sizeBytes = entity.type.sizeBytes as isa.AccessSize;
  const value = lowering.emit({ kind: "load", sizeBytes, offset: 0, constant: true }, [base], place);
  return {
    kind: "integer",
    type: entity.type,
    value: entity.type.signed ? wrap(lowering, entity.type, value, place) : value,
  };
}

export function lowerMember(
  lowering: Lowering,
  node: Expression & { type: "MemberExpression" },
  place: Place,
): Operand {
  if (node.optional) throw problem("notInLanguage", place, "optional members", "compare with null first");
  const object = lowerExpression(lowering, node.object);
  if (node.computed) {
    const element = lowerElement(lowering, object, node.property, place);
    if (element !== undefined) return element;
    throw problem("mistake", place, `${describe(object)} has no elements`);
  }
  const { name } = node.property;
  const member = namedMember(lowering, object, name, place, lowering.place(node.object));
  if (member !== undefined) return member;
  throw problem("mistake", lowering.place(node.property), `${describe(object)} has no member ${name}`);
}

/** The member `name` of an operand; `undefined` if there is none. */
export function namedMember(
  lowering: Lowering,
  object: Operand,
  name: string,
  place: Place,
  objectPlace: Place,
): Operand | undefined {
  if (object.kind === "entity") {
    const member = memberOf(object.entity, name, place);
    return member && entityOperand(lowering, member, place);
  }
  refuseNull(object, objectPlace);
  if (object.kind === "kernel") {
    if (name === "length" && object.type.kind === "array")
      return { kind: "literal", value: BigInt(object.type.length), wide: false };
    return memberOfKernel(lowering, object, name, place);
  }
  if (object.kind === "context") return memberOfContext(lowering, object, name, place);
  if (object.kind === "contextWords" && name === "length")
    return { kind: "literal", value: BigInt(object.words.length), wide: false };
  if (object.kind !== "memory") return undefined;
  if (name === "length" && "length" in object.type)
    return { kind: "literal", value: BigInt(object.type.length), wide: false };
  const field = fieldOf(object, name);
  return field && readPlace(lowering, field, place);
}
