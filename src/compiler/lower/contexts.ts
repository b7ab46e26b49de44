/** Members of contexts: numbers at fixed places, the socket, and the bytes between two pointers (`packets.ts`). */

import type { AccessSize } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { ContextField, ContextWords } from "../../program/context-schema.ts";
import { contexts } from "../../program/contexts.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { type ContextType, integerType, valueTypeOf } from "../types.ts";
import type { Lowering } from "./lowering.ts";
import type { ContextOperand, ContextWordsOperand, Operand } from "./operand.ts";
import { packetLength } from "./packets.ts";

const socket: ContextType = { name: "Socket", schema: contexts.Socket };
const flowKeys: ContextType = { name: "FlowKeys", schema: contexts.FlowKeys };

/** The member `name` of a context; `undefined` if it has none. */
export function memberOfContext(
  lowering: Lowering,
  operand: ContextOperand,
  name: string,
  place: Place,
): Operand | undefined {
  const { schema } = operand.type;
  if (name === "length" && schema?.bytes !== undefined) return packetLength(lowering, operand, place);
  const member = memberNamed(operand, name);
  switch (member?.kind) {
    case undefined:
      return undefined;
    case "number":
      return readField(lowering, operand.base, member, place);
    case "words":
      return { kind: "contextWords", words: member, base: operand.base };
    case "socket": {
      const load = { kind: "load", sizeBytes: 8, offset: member.offset } as const;
      const base = lowering.emit(load, [operand.base], place);
      return { kind: "context", type: socket, base, nullable: true };
    }
    case "flowKeys": {
      const load = { kind: "load", sizeBytes: 8, offset: member.offset } as const;
      const base = lowering.emit(load, [operand.base], place);
      return { kind: "context", type: flowKeys, base, nullable: false };
    }
  }
}

function memberNamed({ type }: ContextOperand, name: string) {
  const members = type.schema?.members;
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
}

/** A number of a context that is assigned to. */
export interface ContextPlace {
  readonly field: ContextField;
  readonly base: Value;
}

/** The member `name` as a place to write to. */
export function writableMember(operand: ContextOperand, name: string, place: Place): ContextPlace {
  const member = memberNamed(operand, name);
  if (member === undefined) throw problem("mistake", place, `${operand.type.name} has no member ${name}`);
  if (member.kind === "number" && member.writable) return { field: member, base: operand.base };
  throw problem("kernelRefuses", place, `${name} of ${operand.type.name} cannot be written`);
}

/** One of several numbers in a row, as a place. */
export function wordPlace({ words, base }: ContextWordsOperand, index: Operand, place: Place): ContextPlace {
  if (index.kind !== "literal") {
    throw problem("kernelRefuses", place, "the place inside a context must be known", "use a constant index");
  }
  if (index.value < 0n || index.value >= BigInt(words.length)) {
    throw problem("mistake", place, `there is no element ${index.value}: there are ${words.length}`);
  }
  return { field: wordField(words, Number(index.value)), base };
}

function wordField({ member, offset, networkBits, writable }: ContextWords, index: number): ContextField {
  const type = integerType("u32") as ContextField["type"];
  return {
    kind: "number",
    member,
    offset: offset + 4 * index,
    type,
    ...(networkBits && { networkBits }),
    writable,
  };
}

export function readContextPlace(lowering: Lowering, { field, base }: ContextPlace, place: Place): Operand {
  return readField(lowering, base, field, place);
}

export function writeContextPlace(lowering: Lowering, { field, base }: ContextPlace, value: Value, place: Place): void {
  if (!field.writable) throw problem("kernelRefuses", place, `${field.member} cannot be written`);
  const sizeBytes = field.type.sizeBytes as AccessSize;
  const stored = inNetworkOrder(lowering, field, value, place);
  lowering.emit({ kind: "store", sizeBytes, offset: field.offset }, [base, stored], place);
}

function readField(lowering: Lowering, base: Value, field: ContextField, place: Place): Operand {
  const type = valueTypeOf(field.type);
  const sizeBytes = field.type.sizeBytes as AccessSize;
  const value = lowering.emit({ kind: "load", sizeBytes, offset: field.offset }, [base], place);
  return { kind: "integer", type, value: inNetworkOrder(lowering, field, value, place) };
}

/** Swapping is its own inverse. */
function inNetworkOrder(lowering: Lowering, { networkBits }: ContextField, value: Value, place: Place): Value {
  if (networkBits === undefined) return value;
  return lowering.emit({ kind: "unary", unary: networkBits === 16 ? isa.be16 : isa.be32 }, [value], place);
}
