/** Methods of byte strings. Each access carries its own check, which stays right in front of it. */

import type { Bytes } from "../../bytes/index.ts";
import { bytes } from "../../bytes/index.ts";
import type { AccessSize, HelperName } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Guard, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { maximumOf } from "../ranges.ts";
import type { Place } from "../source.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { type IntegerType, integerType } from "../types.ts";
import { coerceInteger, coercePosition } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, joined, pointerTo, readPlace, writePlace } from "./memory.ts";
import type { MemoryOperand, Operand } from "./operand.ts";
import { constantText, equals, startsWith, writeText } from "./texts.ts";

interface MethodCall {
  readonly lowering: Lowering;
  readonly data: MemoryOperand & { readonly type: Bytes };
  readonly given: readonly Expression[];
  readonly place: Place;
}

const methods: Record<
  string,
  { readonly count: number; readonly most?: number; readonly lower: (call: MethodCall) => Operand }
> = {
  load: { count: 2, lower: load },
  store: { count: 3, lower: store },
  readUser: { count: 3, lower: (call) => read(call, "bpf_probe_read_user") },
  readKernel: { count: 3, lower: (call) => read(call, "bpf_probe_read_kernel") },
  copy: { count: 4, lower: copy },
  slice: { count: 2, lower: slice },
  startsWith: { count: 1, most: 2, lower: startsWithText },
  equals: { count: 1, lower: ({ lowering, data, given, place }) => equals(lowering, data, given[0]!, place) },
  write: { count: 2, lower: write },
};

export function lowerByteStringMethod(
  lowering: Lowering,
  data: MemoryOperand & { readonly type: Bytes },
  name: string,
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const place = lowering.place(node);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) {
    throw problem("mistake", place, `a byte string has no method ${name}`, `it has ${Object.keys(methods).join(", ")}`);
  }
  if (given.length < method.count || given.length > (method.most ?? method.count)) {
    throw problem("mistake", place, `${name} takes ${method.count} argument${method.count === 1 ? "" : "s"}`);
  }
  return method.lower({ lowering, data, given, place });
}

function load({ lowering, data, given, place }: MethodCall): Operand {
  const type = integerArgument(lowering, given[0]!);
  const at = position(lowering, given[1]!);
  const sizeBytes = type.sizeBytes as AccessSize;
  const maximum = room(data, sizeBytes, place);
  return readPlace(lowering, { ...accessAt(lowering, data, at, maximum, place), type }, place);
}

function store({ lowering, data, given, place }: MethodCall): Operand {
  const type = integerArgument(lowering, given[0]!);
  const at = position(lowering, given[1]!);
  const sizeBytes = type.sizeBytes as AccessSize;
  const maximum = room(data, sizeBytes, place);
  const operand = coerceInteger(lowering, lowerExpression(lowering, given[2]!), type, lowering.place(given[2]!));
  writePlace(lowering, { ...accessAt(lowering, data, at, maximum, place), type }, operand, place);
  return { kind: "nothing" };
}

function read(call: MethodCall, helper: HelperName): Operand {
  const { lowering, given } = call;
  const at = position(lowering, given[0]!);
  const length = position(lowering, given[1]!);
  const address = coerceInteger(
    lowering,
    lowerExpression(lowering, given[2]!),
    integerType("u64"),
    lowering.place(given[2]!),
  );
  return transfer(call, helper, { at, length, source: address });
}

function copy(call: MethodCall): Operand {
  const { lowering, given } = call;
  const at = position(lowering, given[0]!);
  const length = position(lowering, given[1]!);
  const source = expectMemory(lowerExpression(lowering, given[2]!), lowering.place(given[2]!));
  const sourceAt = position(lowering, given[3]!);
  const from = pointerTo(lowering, source, lowering.place(given[2]!));
  const sizeBytes = source.type.sizeBytes;
  return transfer(call, "bpf_probe_read_kernel", { at, length, source: from, from: { at: sourceAt, sizeBytes } });
}

interface Transfer {
  readonly at: Value;
  readonly length: Value;
  readonly source: Value;
  /** Where in our own memory the bytes come from, if they do. */
  readonly from?: { readonly at: Value; readonly sizeBytes: number };
}

/**
 * A helper that fills `length` bytes at `at`. The verifier does not relate two variables, so that each is held below a
 * constant of its own, and the constants add up to the size of the string.
 */
function transfer(
  { lowering, data, place }: MethodCall,
  helper: HelperName,
  { at, length, source, from }: Transfer,
): Operand {
  const sides = [{ at, sizeBytes: data.type.length }, ...(from === undefined ? [] : [from])];
  const longest = longestTransfer(length, sides, place);
  const operands = [pointerTo(lowering, data, place), length, source];
  const guards: Guard[] = [{ operand: 1, maximum: longest }];
  const advance: { argument: number; by: number }[] = [];
  sides.forEach(({ at: start, sizeBytes }, side) => {
    const argument = side === 0 ? 0 : 2;
    if (start.op.kind === "constant") {
      operands[argument] = shiftedBy(lowering, operands[argument]!, start, place);
      return;
    }
    advance.push({ argument, by: operands.length });
    guards.push({ operand: operands.length, maximum: sizeBytes - longest });
    operands.push(start);
  });
  const op = { kind: "guardedCall", helper, count: 3, guards, advance, onFailure: -1 } as const;
  const status = lowering.emit(op, operands, place);
  const zero = lowering.constant(0, place);
  const value = lowering.emit({ kind: "compare", condition: isa.jeq, width: 64 }, [status, zero], place);
  return { kind: "boolean", value };
}

/** The most bytes that one transfer can move, so that with any start it stays inside both strings. */
function longestTransfer(length: Value, sides: readonly { at: Value; sizeBytes: number }[], place: Place): number {
  const known = maximumOf(length);
  let longest = known ?? BigInt(2 ** 32);
  for (const { at, sizeBytes } of sides) {
    const isFixed = at.op.kind === "constant";
    const limit = BigInt(sizeBytes) - (at.op.kind === "constant" ? at.op.value : 0n);
    if (isFixed && limit < 0n) throw problem("mistake", place, `this begins past the end of ${sizeBytes} bytes`);
    const fits = known !== undefined && known <= limit;
    if (!isFixed && !fits) {
      throw problem(
        "kernelRefuses",
        place,
        `nothing says that this stays inside the ${sizeBytes} bytes, as both position and length vary`,
        `bound the length by a constant, \`min(length, ${Math.floor(sizeBytes / 2)})\`, or use a constant position`,
      );
    }
    if (limit < longest) longest = limit;
  }
  return Number(longest);
}

function shiftedBy(lowering: Lowering, pointer: Value, by: Value, place: Place): Value {
  if (by.op.kind === "constant" && by.op.value === 0n) return pointer;
  return lowering.emit({ kind: "alu", alu: isa.add, width: 64 }, [pointer, by], place);
}

function slice({ lowering, data, given, place }: MethodCall): Operand {
  const start = position(lowering, given[0]!);
  const length = position(lowering, given[1]!);
  if (start.op.kind !== "constant" || length.op.kind !== "constant") {
    throw problem("notYet", place, "slice takes constants", "use load, store or copy with a variable position");
  }
  const [from, count] = [Number(start.op.value), Number(length.op.value)];
  if (count < 1 || from + count > data.type.length) {
    throw problem("mistake", place, `the slice ends past the ${data.type.length} bytes there are`);
  }
  return { ...data, type: bytes(count), offset: data.offset + from };
}

function startsWithText({ lowering, data, given, place }: MethodCall): Operand {
  const at = given[1] === undefined ? lowering.constant(0, place) : position(lowering, given[1]);
  return startsWith(lowering, data, constantText(lowering, given[0]!), at, place);
}

function write({ lowering, data, given, place }: MethodCall): Operand {
  return writeText(lowering, data, constantText(lowering, given[1]!), position(lowering, given[0]!), place);
}

function position(lowering: Lowering, node: Expression): Value {
  return coercePosition(lowering, lowerExpression(lowering, node), lowering.place(node));
}

/** The last position where `sizeBytes` fit. */
function room(data: MethodCall["data"], sizeBytes: number, place: Place): number {
  if (data.type.length >= sizeBytes) return data.type.length - sizeBytes;
  throw problem("mistake", place, `${sizeBytes} bytes do not fit in ${data.type.length}`);
}

function fixedPosition(at: bigint, maximum: number, place: Place): number {
  if (at <= BigInt(maximum)) return Number(at);
  throw problem("mistake", place, `this reaches past the end: the last position for it is ${maximum}`);
}

/** Where an access at `at` of the string goes, and what is checked in front of it. */
function accessAt(lowering: Lowering, data: MemoryOperand, at: Value, maximum: number, place: Place): MemoryOperand {
  if (at.op.kind === "constant") {
    return { ...data, offset: data.offset + fixedPosition(at.op.value, maximum, place) };
  }
  const own = { value: at, stride: 1, maximum };
  return { ...data, index: data.index === undefined ? own : joined(lowering, data.index, own, place) };
}

function integerArgument(lowering: Lowering, node: Expression): IntegerType {
  const operand = lowerExpression(lowering, node);
  if (operand.kind === "entity" && operand.entity.kind === "integerType") return operand.entity.type;
  throw problem("mistake", lowering.place(node), "an integer type is wanted here: u8 to u64, i8 to i64");
}
