/** Methods of maps. */

import type { HelperName } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { MapEntity } from "../entity.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { type IntegerType, integerType, type MemoryType, type Type } from "../types.ts";
import { coerce, coerceInteger } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, onStack, pointerTo, referenceType } from "./memory.ts";
import type { Operand } from "./operand.ts";

/** Flags of `bpf_map_update_elem`, `bpf_*_storage_get` and `bpf_ringbuf_output`. */
const flags = { any: 0, onlyNew: 1, create: 1, noWakeup: 1 } as const;

interface MethodCall {
  readonly lowering: Lowering;
  readonly map: MapEntity;
  readonly given: readonly Expression[];
  readonly place: Place;
}

type Method = (call: MethodCall) => Operand;

const hashMethods: Record<string, Method> = { get, getOrInsert, set, delete: remove, has };
const arrayMethods: Record<string, Method> = { get };
const storageMethods: Record<string, Method> = { get: getStored, getOrCreate: getStored, delete: removeStored };

const methods: Partial<Record<MapEntity["type"], Record<string, Method>>> = {
  hash: hashMethods,
  lruHash: hashMethods,
  perCpuHash: hashMethods,
  array: arrayMethods,
  perCpuArray: arrayMethods,
  socketStorage: { ...storageMethods, getOrCreate: (call) => getStored(call, flags.create) },
  taskStorage: { ...storageMethods, getOrCreate: (call) => getStored(call, flags.create) },
  ringBuffer: { output },
};

export function lowerMapMethod(
  lowering: Lowering,
  map: MapEntity,
  name: string,
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const all = methods[map.type] ?? {};
  const method = Object.hasOwn(all, name) ? all[name] : undefined;
  const place = lowering.place(node);
  if (method === undefined) {
    const known = Object.keys(all).join(", ");
    throw problem("mistake", place, `${map.name}, a ${map.type}, has no method ${name}`, `it has ${known}`);
  }
  lowering.uses.maps.add(map);
  return method({ lowering, map, given, place });
}

function get({ lowering, map, given, place }: MethodCall): Operand {
  return entry(map, lookup(lowering, map, keyOf(lowering, map, given[0], place), place));
}

function has({ lowering, map, given, place }: MethodCall): Operand {
  const found = lookup(lowering, map, keyOf(lowering, map, given[0], place), place);
  return { kind: "boolean", value: isNot(lowering, isa.jne, found, place) };
}

/** A look-up, and only if there is nothing an insertion and another look-up: another CPU may have been faster. */
function getOrInsert({ lowering, map, given, place }: MethodCall): Operand {
  const { builder } = lowering;
  const key = keyOf(lowering, map, given[0], place);
  const result = { name: map.name, isNumber: false };
  builder.write(result, lookup(lowering, map, key, place));
  const [missing, found] = [builder.newBlock(), builder.newBlock()];
  const isMissing = { condition: isa.jeq, width: 64 as const };
  const operands: [Value, Value] = [builder.read(result, place), lowering.constant(0, place)];
  lowering.branch({ ...isMissing, operands }, { then: missing, otherwise: found }, place);

  lowering.enter(missing);
  const initial = valueOf(lowering, map, given[1], place);
  update(lowering, map, [key, initial], flags.onlyNew, place);
  builder.write(result, lookup(lowering, map, key, place));
  lowering.jump(found, place);

  lowering.enter(found);
  return entry(map, builder.read(result, place));
}

function set({ lowering, map, given, place }: MethodCall): Operand {
  const key = keyOf(lowering, map, given[0], place);
  const value = valueOf(lowering, map, given[1], place);
  const status = update(lowering, map, [key, value], flags.any, place);
  return { kind: "boolean", value: isNot(lowering, isa.jeq, status, place) };
}

function remove({ lowering, map, given, place }: MethodCall): Operand {
  const key = keyOf(lowering, map, given[0], place);
  const status = helper(lowering, "bpf_map_delete_elem", [mapValue(lowering, map, place), key], place);
  return { kind: "boolean", value: isNot(lowering, isa.jeq, status, place) };
}

function getStored({ lowering, map, given, place }: MethodCall, flag: number = flags.any): Operand {
  const name = map.type === "socketStorage" ? "bpf_sk_storage_get" : "bpf_task_storage_get";
  const owner = ownerOf(lowering, given[0], place);
  const initial = lowering.constant(0, place);
  const operands = [mapValue(lowering, map, place), owner, initial, lowering.constant(flag, place)];
  return entry(map, helper(lowering, name, operands, place));
}

function removeStored({ lowering, map, given, place }: MethodCall): Operand {
  const name = map.type === "socketStorage" ? "bpf_sk_storage_delete" : "bpf_task_storage_delete";
  const operands = [mapValue(lowering, map, place), ownerOf(lowering, given[0], place)];
  return { kind: "boolean", value: isNot(lowering, isa.jeq, helper(lowering, name, operands, place), place) };
}

function output({ lowering, map, given, place }: MethodCall): Operand {
  const [recordNode, lengthNode] = given;
  if (recordNode === undefined) throw problem("mistake", place, "output takes a record");
  const record = expectMemory(lowerExpression(lowering, recordNode), lowering.place(recordNode));
  const pointer = pointerTo(lowering, record, place);
  const size = record.type.sizeBytes;
  const length =
    lengthNode === undefined
      ? lowering.constant(size, place)
      : coerceInteger(lowering, lowerExpression(lowering, lengthNode), integerType("u32"), lowering.place(lengthNode));
  const status = lowering.emit(
    {
      kind: "guardedCall",
      helper: "bpf_ringbuf_output",
      count: 4,
      guards: [{ operand: 2, maximum: size }],
      advance: [],
      onFailure: -1,
    },
    [mapValue(lowering, map, place), pointer, length, lowering.constant(flags.noWakeup, place)],
    place,
  );
  return { kind: "boolean", value: isNot(lowering, isa.jeq, status, place) };
}

function entry(map: MapEntity, pointer: Value): Operand {
  return { kind: "memory", type: referenceType(map.value!), base: pointer, offset: 0, nullable: true };
}

function lookup(lowering: Lowering, map: MapEntity, key: Value, place: Place): Value {
  return helper(lowering, "bpf_map_lookup_elem", [mapValue(lowering, map, place), key], place);
}

function update(lowering: Lowering, map: MapEntity, [key, value]: [Value, Value], flag: number, place: Place): Value {
  const operands = [mapValue(lowering, map, place), key, value, lowering.constant(flag, place)];
  return helper(lowering, "bpf_map_update_elem", operands, place);
}

/** The address of the key: a struct where it stands, an integer on the stack. */
function keyOf(lowering: Lowering, map: MapEntity, node: Expression | undefined, place: Place): Value {
  if (node === undefined) throw problem("mistake", place, "a key is missing");
  return byAddress(lowering, map.key ?? integerType("u32"), node);
}

function valueOf(lowering: Lowering, map: MapEntity, node: Expression | undefined, place: Place): Value {
  if (node === undefined) throw problem("mistake", place, "a value is missing");
  return byAddress(lowering, map.value!, node);
}

function byAddress(lowering: Lowering, type: IntegerType | MemoryType, node: Expression): Value {
  const place = lowering.place(node);
  const wanted: Type =
    type.kind === "integer" ? { kind: "integer", integer: type } : { kind: "memory", memory: type, nullable: false };
  const value = coerce(lowering, lowerExpression(lowering, node, wanted), wanted, place);
  return type.kind === "integer" ? onStack(lowering, type, value, place) : value;
}

function ownerOf(lowering: Lowering, node: Expression | undefined, place: Place): Value {
  const owner = node && lowerExpression(lowering, node);
  if (owner?.kind !== "kernel" || owner.type.kind !== "struct") {
    throw problem("mistake", place, "a socket or task of the kernel is wanted here");
  }
  return coerce(lowering, owner, { kind: "kernel", target: owner.type, nullable: false }, lowering.place(node!));
}

function mapValue(lowering: Lowering, map: MapEntity, place: Place): Value {
  return lowering.emit({ kind: "map", map: map.name }, [], place);
}

function helper(lowering: Lowering, name: HelperName, operands: Value[], place: Place): Value {
  return lowering.emit({ kind: "call", helper: name }, operands, place);
}

/** `value (condition) 0` as a boolean. */
function isNot(lowering: Lowering, condition: isa.Condition, value: Value, place: Place): Value {
  return lowering.emit({ kind: "compare", condition, width: 64 }, [value, lowering.constant(0, place)], place);
}
