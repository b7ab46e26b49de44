/**
 * Bytes that a context gives access to. A view is the pointer to the first byte, plus a position, compared with the end:
 * the verifier then knows how many bytes there are behind that very pointer, and behind no other.
 */

import type { AccessSize, HelperName } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { ContextBytes } from "../../program/context-schema.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { type IntegerType, integerType, type MemoryType, valueTypeOf } from "../types.ts";
import { coercePosition } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { wrap } from "./integers.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, inByteOrder, pointerTo } from "./memory.ts";
import type { ContextOperand, Operand } from "./operand.ts";

/** The verifier follows positions in a packet up to here, the end of what is looked at included (`MAX_PACKET_OFF`). */
const lastPosition = 0xffff;

interface MethodCall {
  readonly lowering: Lowering;
  readonly packet: ContextOperand;
  readonly bytes: ContextBytes;
  readonly given: readonly Expression[];
  readonly place: Place;
}

const methods: Record<string, { readonly count: number; readonly lower: (call: MethodCall) => Operand }> = {
  view: { count: 2, lower: view },
  load: { count: 2, lower: load },
  read: { count: 2, lower: read },
  write: { count: 2, lower: write },
};

/** `packet.method(…)`. */
export function lowerPacketMethod(
  lowering: Lowering,
  packet: ContextOperand,
  name: string,
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const place = lowering.place(node);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  const bytes = packet.type.schema?.bytes;
  if (method === undefined || bytes === undefined) {
    throw problem("mistake", place, `${packet.type.name} has no method ${name}`);
  }
  if (given.length !== method.count) throw problem("mistake", place, `${name} takes ${method.count} arguments`);
  return method.lower({ lowering, packet, bytes, given, place });
}

export function packetLength(lowering: Lowering, packet: ContextOperand, place: Place): Operand {
  const bytes = packet.type.schema!.bytes!;
  const type = integerType("u32");
  if (bytes.length !== undefined) {
    const load = { kind: "load", sizeBytes: 4, offset: bytes.length } as const;
    return { kind: "integer", type, value: lowering.emit(load, [packet.base], place) };
  }
  const [start, end] = ends(lowering, packet, bytes, place);
  return { kind: "integer", type, value: lowering.emit({ kind: "alu", alu: isa.sub, width: 64 }, [end, start], place) };
}

/** The pointers to the first byte and behind the last one. */
function ends(lowering: Lowering, packet: ContextOperand, bytes: ContextBytes, place: Place): [Value, Value] {
  const pointer = (offset: number) =>
    lowering.emit({ kind: "load", sizeBytes: bytes.pointerBytes, offset, packet: true }, [packet.base], place);
  return [pointer(bytes.start), pointer(bytes.end)];
}

function view(call: MethodCall): Operand {
  const { lowering, given } = call;
  const operand = lowerExpression(lowering, given[0]!);
  const type = operand.kind === "entity" && operand.entity.kind === "memoryType" ? operand.entity.type : undefined;
  if (type === undefined) throw problem("mistake", lowering.place(given[0]!), "a struct or byte string is wanted here");
  const at = positionOf(lowering, given[1]!);
  return { kind: "memory", type, base: checkedPointer(call, at, type), offset: 0, nullable: true };
}

/** The address of `at` if all bytes of a `type` are there, else zero. */
function checkedPointer({ lowering, packet, bytes, place }: MethodCall, at: Value, type: MemoryType): Value {
  const { builder } = lowering;
  const result = { name: "view", isNumber: false };
  const [there, missing, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock()];
  const isWithin = (left: Value, right: Value, then = there) => {
    const operands: [Value, Value] = [left, right];
    const test = { condition: isa.jgt, width: 64, operands, guard: true } as const;
    lowering.branch(test, { then: missing, otherwise: then }, place);
  };
  if (at.op.kind !== "constant") {
    const near = builder.newBlock();
    isWithin(at, lowering.constant(lastPosition - type.sizeBytes, place), near);
    lowering.enter(near);
  }
  const [start, end] = ends(lowering, packet, bytes, place);
  const add = (pointer: Value, distance: Value) =>
    lowering.emit({ kind: "alu", alu: isa.add, width: 64, nonNull: true }, [pointer, distance], place);
  const pointer = add(start, at);
  isWithin(add(pointer, lowering.constant(type.sizeBytes, place)), end);

  lowering.enter(there);
  builder.write(result, pointer);
  lowering.jump(after, place);
  lowering.enter(missing);
  builder.write(result, lowering.constant(0, place));
  lowering.jump(after, place);
  lowering.enter(after);
  return builder.read(result, place);
}

function load(call: MethodCall): Operand {
  const { lowering, given, place } = call;
  const type = integerArgument(lowering, given[0]!);
  const at = positionOf(lowering, given[1]!);
  const sizeBytes = type.sizeBytes as AccessSize;
  const slot = lowering.emit({ kind: "frame", sizeBytes }, [], place);
  if (leavesAsItWas(call)) lowering.emit({ kind: "zero", sizeBytes, offset: 0 }, [slot], place);
  transfer(call, call.bytes.load, { at, memory: slot, sizeBytes });
  const raw = inByteOrder(lowering, type, lowering.emit({ kind: "load", sizeBytes, offset: 0 }, [slot], place), place);
  const value = type.signed ? wrap(lowering, type, raw, place) : raw;
  return { kind: "integer", type: valueTypeOf(type), value };
}

/** Where a packet ends too early, `bpf_xdp_load_bytes` writes nothing; `bpf_skb_load_bytes` writes zeros. */
function leavesAsItWas({ bytes }: MethodCall): boolean {
  return bytes.load === "bpf_xdp_load_bytes";
}

function read(call: MethodCall): Operand {
  if (leavesAsItWas(call)) {
    const memory = expectMemory(lowerExpression(call.lowering, call.given[0]!), call.lowering.place(call.given[0]!));
    const { base, offset, type } = memory;
    call.lowering.emit({ kind: "zero", sizeBytes: type.sizeBytes, offset }, [base], call.place);
  }
  return transferMemory(call, call.bytes.load);
}

function write(call: MethodCall): Operand {
  return transferMemory(call, call.bytes.store);
}

function transferMemory(call: MethodCall, helper: HelperName | undefined): Operand {
  const { lowering, given, place } = call;
  const memory = expectMemory(lowerExpression(lowering, given[0]!), lowering.place(given[0]!));
  const at = positionOf(lowering, given[1]!);
  const pointer = pointerTo(lowering, memory, place);
  const status = transfer(call, helper, { at, memory: pointer, sizeBytes: memory.type.sizeBytes });
  const operands = [status, lowering.constant(0, place)];
  return { kind: "boolean", value: lowering.emit({ kind: "compare", condition: isa.jeq, width: 64 }, operands, place) };
}

/** Helpers copy whole or not at all; reading what is not there leaves zeros. */
function transfer(
  { lowering, packet, place }: MethodCall,
  helper: HelperName | undefined,
  { at, memory, sizeBytes }: { at: Value; memory: Value; sizeBytes: number },
): Value {
  if (helper === undefined) {
    throw problem("kernelRefuses", place, `${packet.type.name} has no way to copy its bytes`, "use view");
  }
  const operands = [packet.base, at, memory, lowering.constant(sizeBytes, place)];
  if (helper === "bpf_skb_store_bytes") operands.push(lowering.constant(0, place));
  return lowering.emit({ kind: "call", helper }, operands, place);
}

function positionOf(lowering: Lowering, node: Expression): Value {
  return coercePosition(lowering, lowerExpression(lowering, node), lowering.place(node));
}

function integerArgument(lowering: Lowering, node: Expression): IntegerType {
  const operand = lowerExpression(lowering, node);
  if (operand.kind === "entity" && operand.entity.kind === "integerType") return operand.entity.type;
  throw problem("mistake", lowering.place(node), "an integer type is wanted here: u8 to u64, u16be to u64be");
}
