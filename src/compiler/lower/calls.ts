/** Calls: what is called, casts, methods, and values that types make. */

import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { specialOf } from "../special-types.ts";
import { argumentsOf, bare, type CallExpression, type Expression, staticMember } from "../syntax.ts";
import type { IntegerType, MemoryType, Type } from "../types.ts";
import { lowerAtomic } from "./atomics.ts";
import { lowerByteStringMethod } from "./byte-strings.ts";
import { callKernelFunction } from "./calls-of-kernel.ts";
import { coerceInteger, coercePosition, describe, refuseNull } from "./coerce.ts";
import { isConsoleLog, lowerConsoleLog } from "./console.ts";
import { readContextPlace, wordPlace } from "./contexts.ts";
import { copyInto, lowerObject } from "./copies.ts";
import { lowerExpression } from "./expressions.ts";
import { inline, inlineTarget } from "./inline-functions.ts";
import { lowerCast } from "./integers.ts";
import { isIntrinsic, lowerIntrinsic } from "./intrinsics.ts";
import { elementBehind, elementOfKernel } from "./kernel-reads.ts";
import type { Lowering } from "./lowering.ts";
import { isTypeMaker, lowerTypeMaker } from "./made-types.ts";
import { lowerMapMethod, mapOperand } from "./maps.ts";
import { elementOf, readPlace, zeroed } from "./memory.ts";
import type { Operand } from "./operand.ts";
import { lowerPacketMethod } from "./packets.ts";
import { callSubprogram } from "./subprograms.ts";

export function lowerCall(lowering: Lowering, node: CallExpression, expected?: Type): Operand {
  const target = inlineTarget(lowering, node);
  if (target !== undefined) return inline(lowering, target, node);
  const given = argumentsOf(lowering.module.file, node);
  if (isConsoleLog(lowering, node)) return lowerConsoleLog(lowering, node, given);
  const member = staticMember(bare(node.callee));
  if (member !== undefined) return lowerMethod(lowering, member, given, node);

  const callee = lowerExpression(lowering, node.callee);
  const place = lowering.place(node);
  if (callee.kind === "entity" && callee.entity.kind === "integerType") {
    const [value] = given;
    if (value === undefined || given.length > 1) throw problem("mistake", place, "a cast takes one value");
    return lowerCastCall(lowering, callee.entity.type, value);
  }
  if (callee.kind === "entity" && callee.entity.kind === "intrinsic" && isIntrinsic(callee.entity.name)) {
    return lowerIntrinsic({ lowering, node, given, place, expected }, callee.entity.name);
  }
  if (callee.kind === "entity" && callee.entity.kind === "intrinsic" && isTypeMaker(callee.entity.name)) {
    return lowerTypeMaker(lowering, node);
  }
  if (callee.kind === "entity" && callee.entity.kind === "subprogram") {
    return callSubprogram(lowering, callee.entity, node);
  }
  if (callee.kind === "entity" && callee.entity.kind === "kernelFunction") {
    return callKernelFunction(lowering, callee.entity, node);
  }
  throw problem("mistake", lowering.place(node.callee), `${describe(callee)} cannot be called here`);
}

function lowerCastCall(lowering: Lowering, to: IntegerType, node: Expression): Operand {
  const operand = lowerExpression(lowering, node);
  if (operand.kind === "literal") {
    const value = BigInt(to(operand.value));
    const wide = to.sizeBytes === 8;
    return {
      kind: "integer",
      type: to,
      value: coerceInteger(lowering, { kind: "literal", value, wide }, to, lowering.place(node)),
    };
  }
  if (operand.kind !== "integer") {
    throw problem("mistake", lowering.place(node), `a cast takes an integer, and this is ${describe(operand)}`);
  }
  return {
    kind: "integer",
    type: to,
    value: lowerCast(lowering, to, operand.type, operand.value, lowering.place(node)),
  };
}

function lowerMethod(
  lowering: Lowering,
  { object, name }: { object: Expression; name: string },
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const place = lowering.place(node);
  const receiver = lowerExpression(lowering, object);
  if (receiver.kind === "entity") {
    const { entity } = receiver;
    if (entity.kind === "map") return lowerMapMethod(lowering, mapOperand(lowering, entity, place), name, given, node);
    if (entity.kind === "intrinsic" && entity.name === "atomic") return lowerAtomic(lowering, name, given, node);
    if (entity.kind === "memoryType") return makeValue(lowering, entity.type, { name, given, place });
  }
  refuseNull(receiver, lowering.place(object));
  if (receiver.kind === "memory" && receiver.type.kind === "bytes" && specialOf(receiver.type) === undefined) {
    return lowerByteStringMethod(lowering, { ...receiver, type: receiver.type }, name, given, node);
  }
  if (receiver.kind === "map") return lowerMapMethod(lowering, receiver, name, given, node);
  if (receiver.kind === "context") return lowerPacketMethod(lowering, receiver, name, given, node);
  if (name === "at" && given.length === 1) {
    const element = lowerElement(lowering, receiver, given[0]!, place);
    if (element !== undefined) return element;
  }
  throw problem("mistake", place, `${describe(receiver)} has no method ${name}`);
}

/** `Flow.zero()`, `Flow.of({ … })` and `Flow.copyOf(flow)`: a value of its own, on the stack. */
function makeValue(
  lowering: Lowering,
  type: MemoryType,
  { name, given, place }: { name: string; given: readonly Expression[]; place: Place },
): Operand {
  const wanted = { zero: 0, of: 1, copyOf: 1 }[name];
  if (wanted === undefined) throw problem("mistake", place, `a type has no method ${name}`, "it has zero, of, copyOf");
  if (given.length !== wanted)
    throw problem("mistake", place, `${name} takes ${wanted === 0 ? "nothing" : "one value"}`);
  if (name === "zero") return zeroed(lowering, type, place);
  const [node] = given as [Expression];
  const expected: Type = { kind: "memory", memory: type, nullable: false };
  if (name === "of") {
    const literal = bare(node);
    if (literal.type === "ObjectExpression") return lowerObject(lowering, literal, expected);
    throw problem("mistake", lowering.place(node), "an object literal is wanted here", "copyOf copies a value");
  }
  const made = zeroed(lowering, type, place);
  copyInto(lowering, { ...made, type }, lowerExpression(lowering, node, expected), lowering.place(node));
  return made;
}

/** `receiver[index]` and `receiver.at(index)`. */
export function lowerElement(
  lowering: Lowering,
  receiver: Operand,
  indexNode: Expression,
  place: Place,
): Operand | undefined {
  const indexPlace = lowering.place(indexNode);
  const operand = lowerExpression(lowering, indexNode);
  if (receiver.kind === "contextWords") {
    return readContextPlace(lowering, wordPlace(receiver, operand, indexPlace), place);
  }
  const value = () => coercePosition(lowering, operand, indexPlace);
  const index = operand.kind === "literal" ? { constant: Number(operand.value) } : { value: value() };
  if (receiver.kind === "memory" && receiver.type.kind === "array") {
    refuseNull(receiver, place);
    return readPlace(lowering, elementOf(lowering, receiver, index, place), place);
  }
  if (receiver.kind === "kernel" && receiver.type.kind === "array")
    return elementOfKernel(lowering, receiver, index, place);
  if (receiver.kind === "pointer" || (receiver.kind === "kernel" && receiver.access === "0")) {
    return elementBehind(lowering, receiver, value(), place);
  }
  return undefined;
}
