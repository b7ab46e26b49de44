/** Our own memory: structs, arrays and boxes on the stack and in maps. */

import type { AccessSize } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { type BoxType, type IntegerType, type MemoryType, valueTypeOf } from "../types.ts";
import { refuseNull } from "./coerce.ts";
import { wrap } from "./integers.ts";
import type { Lowering } from "./lowering.ts";
import type { DynamicIndex, MemoryOperand, Operand } from "./operand.ts";

/** A fresh region of the stack, zeroed. */
export function zeroed(lowering: Lowering, type: MemoryType | BoxType, place: Place): MemoryOperand {
  const base = lowering.emit({ kind: "frame", sizeBytes: type.sizeBytes }, [], place);
  lowering.emit({ kind: "zero", sizeBytes: type.sizeBytes, offset: 0 }, [base], place);
  return { kind: "memory", type, base, offset: 0, nullable: false };
}

/** A place on the stack that holds `value`; helpers take keys and values by address. */
export function onStack(lowering: Lowering, type: IntegerType, value: Value, place: Place): Value {
  const base = lowering.emit({ kind: "frame", sizeBytes: type.sizeBytes }, [], place);
  const stored = inByteOrder(lowering, type, value, place);
  lowering.emit({ kind: "store", sizeBytes: type.sizeBytes as AccessSize, offset: 0 }, [base, stored], place);
  return base;
}

/** What a map's entry is: a struct by reference, or an integer in a box. */
export function referenceType(type: IntegerType | MemoryType): MemoryType | BoxType {
  return type.kind === "integer" ? { kind: "box", of: type, sizeBytes: type.sizeBytes } : type;
}

/** The field `name` of a place, as a place; `undefined` if there is none. */
export function fieldOf(
  { type, ...rest }: MemoryOperand,
  name: string,
): (Omit<MemoryOperand, "type"> & { type: IntegerType | MemoryType }) | undefined {
  if (type.kind === "box") return name === "value" ? { ...rest, type: type.of } : undefined;
  const field = type.kind === "struct" ? type.field(name) : undefined;
  return field && { ...rest, type: field.type as IntegerType | MemoryType, offset: rest.offset + field.offset };
}

/** The element `index` of an array, as a place. */
export function elementOf(
  lowering: Lowering,
  array: MemoryOperand,
  index: { readonly constant: number } | { readonly value: Value },
  place: Place,
): Omit<MemoryOperand, "type"> & { type: IntegerType | MemoryType } {
  if (array.type.kind !== "array") throw problem("mistake", place, "this is no array");
  const type = array.type.element as IntegerType | MemoryType;
  const stride = type.sizeBytes;
  if ("constant" in index) {
    if (index.constant < 0 || index.constant >= array.type.length) {
      throw problem("mistake", place, `there is no element ${index.constant}: the array has ${array.type.length}`);
    }
    return { ...array, type, offset: array.offset + index.constant * stride };
  }
  const own = { value: index.value, stride, maximum: array.type.length - 1 };
  return { ...array, type, index: array.index === undefined ? own : joined(lowering, array.index, own, place) };
}

/**
 * Two indices as one, counted in bytes, that is past the end as soon as one of them is: so there is one check, right in
 * front of the access.
 */
export function joined(lowering: Lowering, outer: DynamicIndex, inner: DynamicIndex, place: Place): DynamicIndex {
  const calculate = (alu: isa.AluOperation, left: Value, right: Value) =>
    lowering.emit({ kind: "alu", alu, width: 64 }, [left, right], place);
  const sides = [outer, inner].map(({ value, stride, maximum }) => {
    const compare = { kind: "compare", condition: isa.jgt, width: 64 } as const;
    return {
      bytes: stride === 1 ? value : calculate(isa.mul, value, lowering.constant(stride, place)),
      isOutside: lowering.emit(compare, [value, lowering.constant(maximum, place)], place),
    };
  });
  const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const isOutside = calculate(isa.or, one.isOutside, other.isOutside);
  const allOnes = calculate(isa.sub, lowering.constant(0, place), isOutside);
  return {
    value: calculate(isa.or, calculate(isa.add, one.bytes, other.bytes), allOnes),
    stride: 1,
    maximum: outer.stride * outer.maximum + inner.stride * inner.maximum,
  };
}

/** What stands at a place: an integer is read, everything else stays a place. */
export function readPlace(
  lowering: Lowering,
  { type, ...rest }: Omit<MemoryOperand, "type"> & { type: IntegerType | MemoryType },
  place: Place,
): Operand {
  if (type.kind !== "integer") return { ...rest, type };
  const { base, offset, index } = rest;
  const sizeBytes = type.sizeBytes as AccessSize;
  const value =
    index === undefined
      ? lowering.emit({ kind: "load", sizeBytes, offset }, [base], place)
      : lowering.emit(
          { kind: "checkedLoad", sizeBytes, offset, stride: index.stride, maximum: index.maximum },
          [base, index.value],
          place,
        );
  const ordered = inByteOrder(lowering, type, value, place);
  return {
    kind: "integer",
    type: valueTypeOf(type),
    value: type.signed ? wrap(lowering, type, ordered, place) : ordered,
  };
}

const swaps: Readonly<Record<number, isa.UnaryOperation>> = { 2: isa.be16, 4: isa.be32, 8: isa.be64 };

/** A value as its type keeps it in memory, and back: swapping is its own inverse. */
export function inByteOrder(lowering: Lowering, type: IntegerType, value: Value, place: Place): Value {
  return type.bigEndian ? lowering.emit({ kind: "unary", unary: swaps[type.sizeBytes]! }, [value], place) : value;
}

/** Writes an integer to a place. */
export function writePlace(
  lowering: Lowering,
  { type, base, offset, index }: Omit<MemoryOperand, "type"> & { type: IntegerType | MemoryType },
  given: Value,
  place: Place,
): void {
  const sizeBytes = type.sizeBytes as AccessSize;
  const value = type.kind === "integer" ? inByteOrder(lowering, type, given, place) : given;
  if (index === undefined) lowering.emit({ kind: "store", sizeBytes, offset }, [base, value], place);
  else {
    lowering.emit(
      { kind: "checkedStore", sizeBytes, offset, stride: index.stride, maximum: index.maximum },
      [base, index.value, value],
      place,
    );
  }
}

/** The address of a place, for helpers and variables. */
export function pointerTo(lowering: Lowering, { base, offset, index }: MemoryOperand, place: Place): Value {
  if (index !== undefined) {
    throw problem(
      "notYet",
      place,
      "an element with a variable index cannot be passed on as a whole",
      "read and write its fields, or use a constant index",
    );
  }
  if (offset === 0) return base;
  return lowering.emit({ kind: "alu", alu: isa.add, width: 64 }, [base, lowering.constant(offset, place)], place);
}

/** The operand as a place in our memory that is not null. */
export function expectMemory(operand: Operand, place: Place): MemoryOperand {
  if (operand.kind === "memory") {
    refuseNull(operand, place);
    return operand;
  }
  throw problem("mistake", place, "a reference to a struct, array or byte string is wanted here");
}
