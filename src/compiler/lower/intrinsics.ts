/** Functions of the language that are no methods: one table, by name. */

import * as isa from "../../isa/index.ts";
import type { Relocation, Value } from "../ir.ts";
import { type ArgumentKind, type KernelFunction, kernelFunctions } from "../kernel-functions.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { argumentsOf, type BinaryExpression, bare, type CallExpression, type Expression } from "../syntax.ts";
import { kernelStructOf, typeOfAnnotation } from "../type-annotations.ts";
import { integerType, type KernelStruct, type Type } from "../types.ts";
import { countTrailingZeroBytes, countTrailingZeros, log2 } from "./bits.ts";
import { kernelFunctionExists } from "./calls-of-kernel.ts";
import { coerce, coerceInteger } from "./coerce.ts";
import { pointerValue } from "./conditions.ts";
import { lowerExpression } from "./expressions.ts";
import { widthOf } from "./integers.ts";
import { addressOfKernel, addressValue, fieldExists, kernelPlace } from "./kernel-reads.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, pointerTo } from "./memory.ts";
import type { Operand } from "./operand.ts";
import { lowerRepeat } from "./repeat.ts";
import { lowerCancelTimer, lowerLock, lowerStartTimer } from "./special-fields.ts";

export interface IntrinsicCall {
  readonly lowering: Lowering;
  readonly node: CallExpression;
  readonly given: readonly Expression[];
  readonly place: Place;
  /** The type that the result meets, if it is written down. */
  readonly expected: Type | undefined;
}

interface Intrinsic {
  /** How many arguments it takes; absent: it looks itself. */
  readonly count?: number;
  readonly lower: (call: IntrinsicCall) => Operand;
}

const intrinsics: Record<string, Intrinsic> = {
  min: { count: 2, lower: (call) => choose(call, isa.jle, isa.jsle) },
  max: { count: 2, lower: (call) => choose(call, isa.jge, isa.jsge) },
  countTrailingZeros: { count: 1, lower: (call) => ofWord(call, countTrailingZeros) },
  log2: { count: 1, lower: (call) => ofWord(call, log2) },
  byteSwap16: { count: 1, lower: (call) => swap(call, isa.be16, "u16") },
  byteSwap32: { count: 1, lower: (call) => swap(call, isa.be32, "u32") },
  kernelPointer: { count: 1, lower: kernelPointer },
  addressOf: { count: 1, lower: addressOf },
  isNull: { count: 1, lower: isNull },
  exists: { lower: exists },
  enumValue: { count: 2, lower: enumValue },
  enumValue64: { count: 2, lower: enumValue64 },
  enumExists: { count: 2, lower: enumExists },
  repeat: { lower: lowerRepeat },
  lock: { count: 1, lower: (call) => lowerLock(call, "bpf_spin_lock") },
  unlock: { count: 1, lower: (call) => lowerLock(call, "bpf_spin_unlock") },
  startTimer: { count: 4, lower: lowerStartTimer },
  cancelTimer: { count: 1, lower: lowerCancelTimer },
};

export function isIntrinsic(name: string): boolean {
  return Object.hasOwn(intrinsics, name) || kernelFunctions.has(name);
}

export function lowerIntrinsic(call: IntrinsicCall, name: string): Operand {
  const kernelFunction = kernelFunctions.get(name);
  const count = kernelFunction?.takes.length ?? intrinsics[name]!.count;
  if (count !== undefined && call.given.length !== count) {
    throw problem("mistake", call.place, `${name} takes ${count} argument${count === 1 ? "" : "s"}`);
  }
  return kernelFunction === undefined ? intrinsics[name]!.lower(call) : callKernel(call, kernelFunction);
}

function callKernel(call: IntrinsicCall, { helper, takes, gives }: KernelFunction): Operand {
  const { lowering, given, place } = call;
  const operands = takes.flatMap((kind, index) => argument(lowering, kind, given[index]!));
  const value = lowering.emit({ kind: "call", helper }, operands, place);
  if ("succeeds" in gives) {
    const condition = gives.succeeds === "zero" ? isa.jeq : isa.jsge;
    const zero = lowering.constant(0, place);
    return { kind: "boolean", value: lowering.emit({ kind: "compare", condition, width: 64 }, [value, zero], place) };
  }
  if ("integer" in gives) {
    // The upper half of what a helper returns is not defined for a 32-bit result.
    const type = integerType(gives.integer);
    return {
      kind: "integer",
      type,
      value: widthOf(type) === 64 ? value : lowering.emit({ kind: "truncate" }, [value], place),
    };
  }
  const struct = structArgument(call, gives.struct);
  return kernelPlace(struct, value, { probed: false, nullable: gives.nullable });
}

/** What a helper gets for one argument: memory is an address and its size. */
function argument(lowering: Lowering, kind: ArgumentKind, node: Expression): Value[] {
  const operand = lowerExpression(lowering, node);
  const place = lowering.place(node);
  switch (kind) {
    case "memory": {
      const target = expectMemory(operand, place);
      return [pointerTo(lowering, target, place), lowering.constant(target.type.sizeBytes, place)];
    }
    case "context":
      if (operand.kind === "context") return [operand.base];
      throw problem("mistake", place, "what the hook handed over is wanted here");
    case "kernelStructOrContext":
      return [operand.kind === "context" ? operand.base : kernelStructure(lowering, operand, place)];
    case "kernelStruct":
      return [kernelStructure(lowering, operand, place)];
    default:
      return [coerceInteger(lowering, operand, integerType(kind), place)];
  }
}

function kernelStructure(lowering: Lowering, operand: Operand, place: Place): Value {
  if (operand.kind !== "kernel" || operand.type.kind !== "struct") {
    throw problem("mistake", place, "a structure of the kernel is wanted here");
  }
  if (operand.probed) throw problem("kernelRefuses", place, "the verifier does not know this pointer");
  return coerce(lowering, operand, { kind: "kernel", target: operand.type, nullable: false }, place);
}

/** The structure that a call gives: its type argument, the type it meets, or what the module declares by that name. */
function structArgument({ lowering, node, place, expected }: IntrinsicCall, name?: string): KernelStruct {
  const [argument] = node.typeArguments?.params ?? [];
  const type = argument === undefined ? expected : typeOfAnnotation(lowering.module, argument);
  if (type?.kind === "kernel") return type.target;
  const declaration = name === undefined ? undefined : lowering.module.type(name, place);
  if (declaration?.kind === "interface") return kernelStructOf(declaration.module, declaration.node);
  throw problem("mistake", place, "which structure is this?", `write it down: \`…<${name ?? "sock"}>(…)\``);
}

function kernelPointer(call: IntrinsicCall): Operand {
  const { lowering, given } = call;
  const address = lowerExpression(lowering, given[0]!);
  const base = coerceInteger(lowering, address, integerType("u64"), lowering.place(given[0]!));
  return kernelPlace(structArgument(call), base, { probed: true, nullable: false });
}

function addressOf({ lowering, given, place }: IntrinsicCall): Operand {
  const operand = lowerExpression(lowering, given[0]!);
  const type = integerType("u64");
  if (operand.kind === "kernel" && operand.probed) {
    return { kind: "integer", type, value: addressOfKernel(lowering, operand, place) };
  }
  const pointer = pointerValue(lowering, operand, given[0]!);
  return { kind: "integer", type, value: addressValue(lowering, pointer, place) };
}

function isNull({ lowering, given, place }: IntrinsicCall): Operand {
  const pointer = pointerValue(lowering, lowerExpression(lowering, given[0]!), given[0]!);
  const zero = lowering.constant(0, place);
  return {
    kind: "boolean",
    value: lowering.emit({ kind: "compare", condition: isa.jeq, width: 64 }, [pointer, zero], place),
  };
}

function exists({ lowering, given, place }: IntrinsicCall): Operand {
  const struct = given[0] && lowerExpression(lowering, given[0]);
  if (struct?.kind === "entity" && struct.entity.kind === "kernelFunction" && given.length === 1) {
    return { kind: "boolean", value: kernelFunctionExists(lowering, struct.entity, place) };
  }
  if (struct === undefined || given.length !== 2) throw problem("mistake", place, "exists takes 2 arguments");
  if (struct.kind !== "kernel")
    throw problem("mistake", lowering.place(given[0]!), "a structure of the kernel is wanted here");
  return { kind: "boolean", value: fieldExists(lowering, struct, string(lowering, given[1]!), place) };
}

function enumValue(call: IntrinsicCall): Operand {
  return { kind: "integer", type: integerType("u32"), value: enumerator(call, "enumValue") };
}

/** The verifier takes a number of 64 bits in a load of two slots only. */
function enumValue64(call: IntrinsicCall): Operand {
  return { kind: "integer", type: integerType("u64"), value: enumerator(call, "enumValue", true) };
}

function enumExists(call: IntrinsicCall): Operand {
  return { kind: "boolean", value: enumerator(call, "enumValueExists") };
}

function enumerator({ lowering, given, place }: IntrinsicCall, kind: Relocation["kind"], wide = false): Value {
  const root = {
    kind: "enumeration",
    name: string(lowering, given[0]!),
    enumerator: string(lowering, given[1]!),
  } as const;
  const relocation = { kind, root, access: "0" } as const;
  return lowering.emit({ kind: "core", relocation, ...(wide && { wide }) }, [], place);
}

function choose({ lowering, given, place }: IntrinsicCall, unsigned: isa.Condition, signed: isa.Condition): Operand {
  const [a, b] = [lowerExpression(lowering, given[0]!), lowerExpression(lowering, given[1]!)];
  if (a.kind === "literal" && b.kind === "literal" && a.wide === b.wide) {
    return (unsigned === isa.jle) === a.value <= b.value ? a : b;
  }
  const type = a.kind === "integer" ? a.type : b.kind === "integer" ? b.type : integerType("u32");
  const operands = [a, b].map((operand, index) =>
    coerceInteger(lowering, operand, type, lowering.place(given[index]!)),
  );
  const condition = type.signed ? signed : unsigned;
  const width = type.signed ? widthOf(type) : 64;
  const narrow = !type.signed && type.sizeBytes <= 4;
  return { kind: "integer", type, value: lowering.emit({ kind: "choose", condition, width, narrow }, operands, place) };
}

function ofWord({ lowering, given, place }: IntrinsicCall, lower: typeof log2): Operand {
  const word = coerceInteger(
    lowering,
    lowerExpression(lowering, given[0]!),
    integerType("u64"),
    lowering.place(given[0]!),
  );
  return { kind: "integer", type: integerType("u32"), value: lower(lowering, word, place) };
}

/** The word of `countTrailingZeros(word) >> 3`, of which there is a shorter form, if `node` is that. */
export function lowerTrailingZeroBytes(
  lowering: Lowering,
  { operator, left, right }: BinaryExpression,
): Operand | undefined {
  const call = bare(left);
  const isByte = operator === ">>" && right.type === "Literal" && right.value === 3;
  if (!isByte || call.type !== "CallExpression" || call.callee.type !== "Identifier") return undefined;
  const callee = lowerExpression(lowering, call.callee);
  const isCount = callee.kind === "entity" && callee.entity.kind === "intrinsic";
  if (!isCount || callee.entity.name !== "countTrailingZeros") return undefined;
  const given = argumentsOf(lowering.module.file, call);
  const place = lowering.place(call);
  return ofWord({ lowering, node: call, given, place, expected: undefined }, countTrailingZeroBytes);
}

function swap({ lowering, given, place }: IntrinsicCall, unary: isa.UnaryOperation, name: "u16" | "u32"): Operand {
  const type = integerType(name);
  const value = coerceInteger(lowering, lowerExpression(lowering, given[0]!), type, lowering.place(given[0]!));
  return { kind: "integer", type, value: lowering.emit({ kind: "unary", unary }, [value], place) };
}

function string(lowering: Lowering, node: Expression): string {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  throw problem("mistake", lowering.place(node), "a plain string is wanted here");
}
