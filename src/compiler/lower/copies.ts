/** Whole structs, arrays and byte strings: copied, word by word or by a helper, and written down as `{ … }`. */

import type { AccessSize } from "../../isa/index.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { holdsSpecial } from "../special-types.ts";
import { bare, type Expression, type ObjectExpression } from "../syntax.ts";
import { fits, type IntegerType, type MemoryType, memoryName, nameOf, type Type, valueTypeOf } from "../types.ts";
import { coerceInteger, describe, refuseNull } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { fieldOf, pointerTo, writePlace, zeroed } from "./memory.ts";
import type { MemoryOperand, Operand } from "./operand.ts";

type MemoryPlace = Omit<MemoryOperand, "type"> & { readonly type: IntegerType | MemoryType };

/** Above this many bytes a helper copies. */
const unrolledBytes = 128;

/** Copies `operand` to `to`, which has room for it by its type. */
export function copyInto(
  lowering: Lowering,
  to: MemoryPlace & { readonly type: MemoryType },
  operand: Operand,
  place: Place,
): void {
  const wanted: Type = { kind: "memory", memory: to.type, nullable: false };
  refuseNull(operand, place);
  if (operand.kind !== "memory" || !fits({ kind: "memory", memory: operand.type, nullable: false }, wanted)) {
    throw problem("mistake", place, `${nameOf(wanted)} is wanted here, and this is ${describe(operand)}`);
  }
  if (holdsSpecial(to.type)) {
    const name = memoryName(to.type);
    throw problem(
      "kernelRefuses",
      place,
      `${name} holds what only the kernel works on`,
      "copy its other fields one by one",
    );
  }
  const { sizeBytes } = to.type;
  if (sizeBytes > unrolledBytes && to.index === undefined && operand.index === undefined) {
    const operands = [
      pointerTo(lowering, to, place),
      lowering.constant(sizeBytes, place),
      pointerTo(lowering, operand, place),
    ];
    lowering.emit({ kind: "call", helper: "bpf_probe_read_kernel" }, operands, place);
    return;
  }
  for (let at = 0; at < sizeBytes; ) {
    const size = ([8, 4, 2, 1] as const).find((bytes) => at + bytes <= sizeBytes)!;
    storeWord(lowering, to, at, size, loadWord(lowering, operand, at, size, place), place);
    at += size;
  }
}

function loadWord(lowering: Lowering, from: MemoryOperand, at: number, sizeBytes: AccessSize, place: Place) {
  const { base, offset, index } = from;
  if (index === undefined) return lowering.emit({ kind: "load", sizeBytes, offset: offset + at }, [base], place);
  const { stride, maximum } = index;
  const op = { kind: "checkedLoad", sizeBytes, offset: offset + at, stride, maximum } as const;
  return lowering.emit(op, [base, index.value], place);
}

function storeWord(
  lowering: Lowering,
  { base, offset, index }: MemoryPlace,
  at: number,
  sizeBytes: AccessSize,
  word: ReturnType<typeof loadWord>,
  place: Place,
): void {
  if (index === undefined) {
    lowering.emit({ kind: "store", sizeBytes, offset: offset + at }, [base, word], place);
    return;
  }
  const { stride, maximum } = index;
  const op = { kind: "checkedStore", sizeBytes, offset: offset + at, stride, maximum } as const;
  lowering.emit(op, [base, index.value, word], place);
}

/** `{ port: 53, inner: { … } }` as a struct of its own on the stack. */
export function lowerObject(lowering: Lowering, node: ObjectExpression, expected: Type | undefined): Operand {
  const place = lowering.place(node);
  if (expected?.kind !== "memory" || expected.memory.kind !== "struct") {
    throw problem(
      "mistake",
      place,
      "nothing says which struct this is",
      "write its type down, `const key: Key = { … }`, or `Key.of({ … })`",
    );
  }
  const made = zeroed(lowering, expected.memory, place);
  fill(lowering, made, node);
  return made;
}

function fill(lowering: Lowering, struct: MemoryOperand, node: ObjectExpression): void {
  const given = new Set<string>();
  for (const property of node.properties) {
    const place = lowering.place(property);
    const isPlain = property.type === "Property" && !property.computed && !property.method && property.kind === "init";
    if (!isPlain || property.key.type !== "Identifier") {
      throw problem("notInLanguage", place, "only plain `name: value` can stand here");
    }
    const { name } = property.key;
    const field = fieldOf(struct, name);
    if (field === undefined) throw problem("mistake", lowering.place(property.key), `there is no field ${name}`);
    if (given.has(name)) throw problem("mistake", place, `${name} is given twice`);
    given.add(name);
    writeValue(lowering, field, property.value);
  }
  const fields = struct.type.kind === "struct" ? struct.type.fields : [];
  const missing = fields.filter(({ name }) => !given.has(name)).map(({ name }) => name);
  if (missing.length > 0) throw problem("mistake", lowering.place(node), `this lacks ${missing.join(", ")}`);
}

function writeValue(lowering: Lowering, at: MemoryPlace, expression: Expression): void {
  const node = bare(expression);
  const place = lowering.place(node);
  if (node.type === "ObjectExpression" && at.type.kind === "struct") return fill(lowering, at as MemoryOperand, node);
  if (at.type.kind === "integer") {
    const expected: Type = { kind: "integer", integer: valueTypeOf(at.type) };
    const operand = lowerExpression(lowering, node, expected);
    return writePlace(lowering, at, coerceInteger(lowering, operand, at.type, place), place);
  }
  const expected: Type = { kind: "memory", memory: at.type, nullable: false };
  copyInto(lowering, { ...at, type: at.type }, lowerExpression(lowering, node, expected), place);
}
