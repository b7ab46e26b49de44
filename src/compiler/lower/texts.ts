/** Byte strings compared with one another and with constant text, and text written into them. */

import type { Bytes } from "../../bytes/index.ts";
import type { AccessSize } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { bare, type Expression } from "../syntax.ts";
import { refuseNull } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { joined } from "./memory.ts";
import type { MemoryOperand, Operand } from "./operand.ts";

type ByteString = MemoryOperand & { readonly type: Bytes };

/** Longer ones would make too much code, as every word is compared in a row. */
const longestCompared = 256;

/** The bytes of a constant string, in UTF-8. */
export function constantText(lowering: Lowering, node: Expression): Uint8Array {
  const operand = lowerExpression(lowering, bare(node));
  const place = lowering.place(node);
  if (operand.kind !== "entity" || operand.entity.kind !== "text") {
    throw problem("mistake", place, "a constant string is wanted here");
  }
  const bytes = new TextEncoder().encode(operand.entity.value);
  if (bytes.length > 0 && bytes.length <= longestCompared) return bytes;
  throw problem("mistake", place, `a string of 1 to ${longestCompared} bytes is wanted here, not ${bytes.length}`);
}

/** Whether the bytes of `text` stand at position `at`. */
export function startsWith(lowering: Lowering, data: ByteString, text: Uint8Array, at: Value, place: Place): Operand {
  if (text.length > data.type.length) return { kind: "entity", entity: { kind: "truth", value: false } };
  const isInside = isNotAbove(lowering, at, data.type.length - text.length, place);
  const differences = words(text.length).map(({ from, sizeBytes }) => {
    const found = loadAt(lowering, data, at, from, { sizeBytes, room: data.type.length - sizeBytes }, place);
    return xor(lowering, found, lowering.constant(wordOf(text, from, sizeBytes), place), place);
  });
  const same = isZero(lowering, differences, place);
  if (isInside === undefined) return { kind: "boolean", value: same };
  return { kind: "boolean", value: alu(lowering, isa.and, same, isInside, place) };
}

/** Whether two strings of one length have the same bytes. */
export function equals(lowering: Lowering, data: ByteString, node: Expression, place: Place): Operand {
  const other = lowerExpression(lowering, node);
  refuseNull(other, lowering.place(node));
  if (other.kind !== "memory" || other.type.kind !== "bytes" || other.type.length !== data.type.length) {
    throw problem("mistake", lowering.place(node), `a byte string of ${data.type.length} bytes is wanted here`);
  }
  if (data.type.length > longestCompared) {
    throw problem("notYet", place, `comparing more than ${longestCompared} bytes at once`, "compare slices");
  }
  const zero = lowering.constant(0, place);
  const { type, ...rest } = other;
  const otherBytes: ByteString = { ...rest, type };
  const differences = words(data.type.length).map(({ from, sizeBytes }) => {
    const [one, two] = [data, otherBytes].map((side) =>
      loadAt(lowering, side, zero, from, { sizeBytes, room: side.type.length - sizeBytes }, place),
    );
    return xor(lowering, one!, two!, place);
  });
  return { kind: "boolean", value: isZero(lowering, differences, place) };
}

/** Writes the bytes of `text` from the constant position `at` on. */
export function writeText(lowering: Lowering, data: ByteString, text: Uint8Array, at: Value, place: Place): Operand {
  const start = at.op.kind === "constant" ? Number(at.op.value) : undefined;
  if (start === undefined) throw problem("notYet", place, "text at a variable position");
  if (start + text.length > data.type.length) {
    throw problem("mistake", place, `${text.length} bytes do not fit behind position ${start} of ${data.type.length}`);
  }
  const { base, offset, index } = data;
  for (const { from, sizeBytes } of words(text.length)) {
    const value = lowering.constant(wordOf(text, from, sizeBytes), place);
    const target = offset + start + from;
    if (index === undefined) lowering.emit({ kind: "store", sizeBytes, offset: target }, [base, value], place);
    else {
      const { stride, maximum } = index;
      lowering.emit(
        { kind: "checkedStore", sizeBytes, offset: target, stride, maximum },
        [base, index.value, value],
        place,
      );
    }
  }
  return { kind: "nothing" };
}

function words(length: number): { from: number; sizeBytes: AccessSize }[] {
  const found: { from: number; sizeBytes: AccessSize }[] = [];
  for (let from = 0; from < length; from += found.at(-1)!.sizeBytes) {
    found.push({ from, sizeBytes: ([8, 4, 2, 1] as const).find((size) => from + size <= length)! });
  }
  return found;
}

function wordOf(text: Uint8Array, from: number, sizeBytes: number): bigint {
  let word = 0n;
  for (let byte = sizeBytes - 1; byte >= 0; byte--) word = (word << 8n) | BigInt(text[from + byte]!);
  return word;
}

function loadAt(
  lowering: Lowering,
  { base, offset, index }: ByteString,
  at: Value,
  from: number,
  { sizeBytes, room }: { sizeBytes: AccessSize; room: number },
  place: Place,
): Value {
  const isFixed = at.op.kind === "constant";
  const fixed = offset + from + (at.op.kind === "constant" ? Number(at.op.value) : 0);
  const own = isFixed ? undefined : { value: at, stride: 1, maximum: room - from };
  const checked = own === undefined ? index : index === undefined ? own : joined(lowering, index, own, place);
  if (checked === undefined) return lowering.emit({ kind: "load", sizeBytes, offset: fixed }, [base], place);
  const { stride, maximum } = checked;
  const op = { kind: "checkedLoad", sizeBytes, offset: fixed, stride, maximum } as const;
  return lowering.emit(op, [base, checked.value], place);
}

/** Whether `at` leaves enough room; `undefined` if it surely does. */
function isNotAbove(lowering: Lowering, at: Value, last: number, place: Place): Value | undefined {
  if (at.op.kind === "constant") {
    if (at.op.value <= BigInt(last)) return undefined;
    throw problem("mistake", place, `this reaches past the end: the last position for it is ${last}`);
  }
  const op = { kind: "compare", condition: isa.jle, width: 64 } as const;
  return lowering.emit(op, [at, lowering.constant(last, place)], place);
}

function isZero(lowering: Lowering, differences: readonly Value[], place: Place): Value {
  const all = differences.reduce((one, other) => alu(lowering, isa.or, one, other, place));
  const op = { kind: "compare", condition: isa.jeq, width: 64 } as const;
  return lowering.emit(op, [all, lowering.constant(0, place)], place);
}

function xor(lowering: Lowering, left: Value, right: Value, place: Place): Value {
  return alu(lowering, isa.xor, left, right, place);
}

function alu(lowering: Lowering, operation: isa.AluOperation, left: Value, right: Value, place: Place): Value {
  return lowering.emit({ kind: "alu", alu: operation, width: 64 }, [left, right], place);
}
