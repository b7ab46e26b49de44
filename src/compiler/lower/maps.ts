/** Methods of maps: those that are one call stand in a table (`map-methods.ts`), the others here. */

import type { HelperName } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { MapTypeName } from "../../spec/index.ts";
import type { MapEntity } from "../entity.ts";
import { noteRecord } from "../exports.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { type IntegerType, integerType, type MemoryType, type Type, valueTypeOf } from "../types.ts";
import { coerce, coerceInteger, coercePosition, refuseNull } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { forEach } from "./for-each.ts";
import type { Lowering } from "./lowering.ts";
import { flags, type MapMethod, mapMethods, type Outcome, type Passed } from "./map-methods.ts";
import { expectMemory, onStack, pointerTo, referenceType } from "./memory.ts";
import type { MapOperand, Operand } from "./operand.ts";
import { assignSocket } from "./sockets.ts";

export interface MethodCall {
  readonly lowering: Lowering;
  readonly map: MapOperand;
  readonly given: readonly Expression[];
  readonly place: Place;
}

type Method = (call: MethodCall) => Operand;

const hashMethods: Readonly<Record<string, Method>> = { getOrInsert, has, forEach };

const composed: Readonly<Partial<Record<MapTypeName, Readonly<Record<string, Method>>>>> = {
  hash: hashMethods,
  lruHash: hashMethods,
  perCpuHash: hashMethods,
  lruPerCpuHash: hashMethods,
  lpmTrie: { getOrInsert, has },
  array: { forEach },
  perCpuArray: { forEach },
  ringBuffer: { output, reserve },
  socketMap: { assign: assignSocket },
  socketHash: { assign: assignSocket },
};

/** A map of the module. */
export function mapOperand(lowering: Lowering, map: MapEntity, place: Place): MapOperand {
  lowering.uses.maps.add(map);
  return { kind: "map", map, base: lowering.emit({ kind: "map", map: map.name }, [], place), nullable: false };
}

export function lowerMapMethod(
  lowering: Lowering,
  map: MapOperand,
  name: string,
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const { type } = map.map;
  const place = lowering.place(node);
  refuseNull(map, place);
  const call = { lowering, map, given, place };
  const own = composed[type] ?? {};
  if (Object.hasOwn(own, name)) return own[name]!(call);
  const rows = mapMethods[type] ?? {};
  if (Object.hasOwn(rows, name)) return callHelper(call, name, rows[name]!);
  const known = [...Object.keys(rows), ...Object.keys(own)].join(", ");
  throw problem("mistake", place, `${map.map.name}, a ${type}, has no method ${name}`, `it has ${known}`);
}

/** A method as its row says. */
function callHelper(call: MethodCall, name: string, { helper, passes, gives }: MapMethod): Operand {
  const { lowering, given, place } = call;
  const own = passes.filter((passed) => isGiven(passed)).length;
  if (given.length !== own) throw problem("mistake", place, `${name} takes ${own} argument${own === 1 ? "" : "s"}`);
  const rest = [...given];
  const operands = passes.map((passed) => pass(call, passed, isGiven(passed) ? rest.shift() : given[0]));
  return outcome(call, gives, lowering.emit({ kind: "call", helper }, operands, place));
}

function isGiven(passed: Passed): boolean {
  return typeof passed === "string" && !["map", "context", "recordSize"].includes(passed);
}

function pass(call: MethodCall, passed: Passed, node: Expression | undefined): Value {
  const { lowering, map, place } = call;
  if (typeof passed === "number") return lowering.constant(passed, place);
  switch (passed) {
    case "map":
      return map.base;
    case "context":
      return lowering.context(place);
    case "key":
      return keyOf(call, node);
    case "value":
      return byAddress(lowering, map.map.value!, node!);
    case "into":
    case "record":
      return pointerTo(lowering, expectMemory(lowerExpression(lowering, node!), lowering.place(node!)), place);
    case "recordSize": {
      const memory = expectMemory(lowerExpression(lowering, node!), lowering.place(node!));
      return lowering.constant(memory.type.sizeBytes, place);
    }
    case "index":
      return coercePosition(lowering, lowerExpression(lowering, node!), lowering.place(node!));
    case "owner":
      return ownerOf(lowering, node!);
    case "given":
      return contextGiven(lowering, node!);
  }
}

function outcome({ lowering, map, place }: MethodCall, gives: Outcome, value: Value): Operand {
  switch (gives) {
    case "entry":
      return entry(map.map, value);
    case "inner":
      return { kind: "map", map: map.map.inner!, base: value, nullable: true };
    case "succeeds":
      return { kind: "boolean", value: compared(lowering, isa.jeq, value, 0, place) };
    case "isOne":
      return { kind: "boolean", value: compared(lowering, isa.jeq, value, 1, place) };
    case "i32": {
      const low = lowering.emit({ kind: "truncate" }, [value], place);
      return { kind: "integer", type: integerType("i32"), value: low };
    }
    case "i64":
      return { kind: "integer", type: integerType("i64"), value };
    case "nothing":
      return { kind: "nothing" };
  }
}

function has(call: MethodCall): Operand {
  const { lowering, place } = call;
  return { kind: "boolean", value: compared(lowering, isa.jne, lookup(call, keyOf(call, call.given[0])), 0, place) };
}

/** A look-up, and only if there is nothing an insertion and another look-up: another CPU may have been faster. */
function getOrInsert(call: MethodCall): Operand {
  const { lowering, map, given, place } = call;
  if (given.length !== 2) throw problem("mistake", place, "getOrInsert takes 2 arguments");
  const { builder } = lowering;
  const key = keyOf(call, given[0]);
  const result = { name: map.map.name, isNumber: false };
  builder.write(result, lookup(call, key));
  const [missing, found] = [builder.newBlock(), builder.newBlock()];
  const isMissing = { condition: isa.jeq, width: 64 as const };
  const operands: [Value, Value] = [builder.read(result, place), lowering.constant(0, place)];
  lowering.branch({ ...isMissing, operands }, { then: missing, otherwise: found }, place);

  lowering.enter(missing);
  const initial = byAddress(lowering, map.map.value!, given[1]!);
  helper(call, "bpf_map_update_elem", [map.base, key, initial, lowering.constant(flags.onlyNew, place)]);
  builder.write(result, lookup(call, key));
  lowering.jump(found, place);

  lowering.enter(found);
  return entry(map.map, builder.read(result, place));
}

function output(call: MethodCall): Operand {
  const { lowering, map, given, place } = call;
  const [recordNode, lengthNode] = given;
  if (recordNode === undefined) throw problem("mistake", place, "output takes a record");
  const record = expectMemory(lowerExpression(lowering, recordNode), lowering.place(recordNode));
  if (record.type.kind !== "box") noteRecord(lowering.uses, map.map, record.type);
  const pointer = pointerTo(lowering, record, place);
  const size = record.type.sizeBytes;
  const length =
    lengthNode === undefined
      ? lowering.constant(size, place)
      : coercePosition(lowering, lowerExpression(lowering, lengthNode), lowering.place(lengthNode));
  const guards = [{ operand: 2, maximum: size }];
  const status = lowering.emit(
    { kind: "guardedCall", helper: "bpf_ringbuf_output", count: 4, guards, advance: [], onFailure: -1 },
    [map.base, pointer, length, lowering.constant(flags.noWakeup, place)],
    place,
  );
  return { kind: "boolean", value: compared(lowering, isa.jeq, status, 0, place) };
}

function reserve(call: MethodCall): Operand {
  const { lowering, map, given, place } = call;
  const operand = given.length === 1 ? lowerExpression(lowering, given[0]!) : undefined;
  if (operand?.kind !== "entity" || operand.entity.kind !== "memoryType") {
    throw problem("mistake", place, "reserve takes the type of the record");
  }
  const { type } = operand.entity;
  noteRecord(lowering.uses, map.map, type);
  const operands = [map.base, lowering.constant(type.sizeBytes, place), lowering.constant(0, place)];
  const base = helper(call, "bpf_ringbuf_reserve", operands);
  return { kind: "memory", type, base, offset: 0, nullable: true };
}

function entry(map: MapEntity, pointer: Value): Operand {
  return { kind: "memory", type: referenceType(map.value!), base: pointer, offset: 0, nullable: true };
}

function lookup(call: MethodCall, key: Value): Value {
  return helper(call, "bpf_map_lookup_elem", [call.map.base, key]);
}

/** The address of the key: a struct where it stands, an integer on the stack. */
export function keyOf({ lowering, map, place }: MethodCall, node: Expression | undefined): Value {
  if (node === undefined) throw problem("mistake", place, "a key is missing");
  if (map.map.key !== undefined) return byAddress(lowering, map.map.key, node);
  const index = coercePosition(lowering, lowerExpression(lowering, node), lowering.place(node));
  return onStack(lowering, integerType("u32"), index, lowering.place(node));
}

function byAddress(lowering: Lowering, type: IntegerType | MemoryType, node: Expression): Value {
  const place = lowering.place(node);
  if (type.kind === "integer") {
    const wanted: Type = { kind: "integer", integer: valueTypeOf(type) };
    return onStack(
      lowering,
      type,
      coerceInteger(lowering, lowerExpression(lowering, node, wanted), type, place),
      place,
    );
  }
  const wanted: Type = { kind: "memory", memory: type, nullable: false };
  return coerce(lowering, lowerExpression(lowering, node, wanted), wanted, place);
}

function ownerOf(lowering: Lowering, node: Expression): Value {
  const owner = lowerExpression(lowering, node);
  const place = lowering.place(node);
  if (owner.kind === "context" && owner.type.name === "Socket") {
    refuseNull(owner, place);
    return owner.base;
  }
  if (owner.kind !== "kernel" || owner.type.kind !== "struct") {
    throw problem("mistake", place, "a socket, task, cgroup or inode of the kernel is wanted here");
  }
  return coerce(lowering, owner, { kind: "kernel", target: owner.type, nullable: false }, place);
}

function contextGiven(lowering: Lowering, node: Expression): Value {
  const operand = lowerExpression(lowering, node);
  if (operand.kind === "context") return operand.base;
  throw problem("mistake", lowering.place(node), "what the hook handed over is wanted here");
}

export function helper({ lowering, place }: MethodCall, name: HelperName, operands: Value[]): Value {
  return lowering.emit({ kind: "call", helper: name }, operands, place);
}

/** `value (condition) right` as a boolean. */
export function compared(
  lowering: Lowering,
  condition: isa.Condition,
  value: Value,
  right: number,
  place: Place,
): Value {
  return lowering.emit({ kind: "compare", condition, width: 64 }, [value, lowering.constant(right, place)], place);
}
