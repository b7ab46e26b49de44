/** `map.forEach(step, …context)`: a function of the program for each entry (`bpf_for_each_map_elem`). */

import type { FunctionEntity } from "../entity.ts";
import type { Routine, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { bare, type Parameter, parametersOf } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { fits, type IntegerType, integerType, type MemoryType, type Type, valueTypeOf } from "../types.ts";
import { declareKept, keepForCallback, lowerCallback } from "./callbacks.ts";
import { describe } from "./coerce.ts";
import { refuseRecursion } from "./inline-functions.ts";
import type { Lowering } from "./lowering.ts";
import type { MethodCall } from "./maps.ts";
import { readPlace, referenceType } from "./memory.ts";
import { type MapOperand, type Operand, typeOf } from "./operand.ts";
import { newVariable, writeVariable } from "./variables.ts";

/** The step gets the key, the value by reference, and what is handed on. */
const own = 2;

export function forEach(call: MethodCall): Operand {
  const { lowering, map, given, place } = call;
  const [stepNode, ...contextNodes] = given;
  const name = stepNode && bare(stepNode);
  const entity = name?.type === "Identifier" ? lowering.module.value(name.name, lowering.place(name)) : undefined;
  if (entity?.kind !== "function") {
    throw problem("mistake", place, "forEach takes a function of the module, and what to hand to it");
  }
  const parameters = parametersOf(entity.module.file, entity.node.params);
  if (parameters.length !== contextNodes.length + own) {
    throw problem("mistake", place, `${entity.name} takes the key, the value and ${parameters.length - own} more`);
  }
  refuseRecursion(lowering, entity, place);
  const frame = keepForCallback(lowering, entity, contextNodes, own);
  const step = lowering.emit({ kind: "function", routine: stepOf(call, entity) }, [], place);
  const operands = [map.base, step, frame, lowering.constant(0, place)];
  lowering.emit({ kind: "call", helper: "bpf_for_each_map_elem" }, operands, place);
  return { kind: "nothing" };
}

function stepOf({ lowering: outer, map, place }: MethodCall, entity: FunctionEntity): Routine {
  return lowerCallback(outer, entity, place, (lowering, parameters) => {
    const pointers = parametersUpTo(lowering, 3, place);
    declareEntry(lowering, map, parameters, pointers);
    const frame = pointers[3]!;
    declareKept(lowering, parameters.slice(own), frame);
  });
}

/** What a callback is handed, taken at once: what comes later may use the registers. */
export function parametersUpTo(lowering: Lowering, last: number, place: Place): Value[] {
  return Array.from({ length: last + 1 }, (_, index) => lowering.emit({ kind: "parameter", index }, [], place));
}

/** The key and the value, which the kernel hands over behind the map. */
export function declareEntry(
  lowering: Lowering,
  { map: { key, value } }: MapOperand,
  [keyParameter, valueParameter]: readonly Parameter[],
  [, keyPointer, valuePointer]: readonly Value[],
): void {
  if (keyParameter !== undefined) declareKey(lowering, keyParameter, key ?? integerType("u32"), keyPointer!);
  if (valueParameter === undefined) return;
  const reference = { kind: "memory", type: referenceType(value!), base: valuePointer!, offset: 0 } as const;
  declareOperand(lowering, valueParameter, { ...reference, nullable: false });
}

/** A key: a struct by reference, an integer by value. */
function declareKey(lowering: Lowering, parameter: Parameter, type: IntegerType | MemoryType, base: Value): void {
  const operand = readPlace(lowering, { kind: "memory", type, base, offset: 0, nullable: false }, parameter.place);
  if (operand.kind !== "integer") return declareOperand(lowering, parameter, operand);
  const wanted: Type = typeOfAnnotation(lowering.module, parameter.type);
  if (wanted.kind !== "integer" || wanted.integer !== valueTypeOf(operand.type)) throw mismatch(parameter, operand);
  const binding = newVariable(parameter.name, wanted);
  writeVariable(lowering, binding, operand, parameter.place);
  lowering.scope.declare(parameter.name, binding);
}

function declareOperand(lowering: Lowering, parameter: Parameter, operand: Operand): void {
  const wanted = typeOfAnnotation(lowering.module, parameter.type);
  const given = typeOf(operand);
  if (given === undefined || !fits(given, wanted)) throw mismatch(parameter, operand);
  lowering.scope.declare(parameter.name, { kind: "fixed", operand });
}

function mismatch({ place, name }: Parameter, operand: Operand): Error {
  return problem("mistake", place, `the map has ${describe(operand)} for ${name}`);
}
