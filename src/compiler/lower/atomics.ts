/** `atomic.add`, `atomic.exchange` and `atomic.compareExchange`. */

import type { AtomicSize } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Operation, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { coerceInteger } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, fieldOf } from "./memory.ts";
import type { DynamicIndex, Operand } from "./operand.ts";

/** How many values each operation takes. */
const operations = { add: 1, exchange: 1, compareExchange: 2 } as const;

type AtomicName = keyof typeof operations;

export function lowerAtomic(
  lowering: Lowering,
  name: string,
  given: readonly Expression[],
  node: CallExpression,
): Operand {
  const place = lowering.place(node);
  if (!Object.hasOwn(operations, name)) {
    throw problem("mistake", place, `atomic has no ${name}`, `it has ${Object.keys(operations).join(", ")}`);
  }
  const atomic = name as AtomicName;
  const [target, fieldName, ...valueNodes] = given;
  if (target === undefined || fieldName === undefined || valueNodes.length !== operations[atomic]) {
    throw problem("mistake", place, `atomic.${name} takes ${2 + operations[atomic]} arguments`);
  }
  if (fieldName.type !== "Literal" || typeof fieldName.value !== "string") {
    throw problem("mistake", lowering.place(fieldName), "the name of a field is wanted here, as a string");
  }
  const struct = expectMemory(lowerExpression(lowering, target), lowering.place(target));
  const field = fieldOf(struct, fieldName.value);
  if (field === undefined) throw problem("mistake", lowering.place(fieldName), `there is no field ${fieldName.value}`);
  if (field.type.kind !== "integer" || field.type.sizeBytes < 4) {
    throw problem("kernelRefuses", lowering.place(fieldName), "atomic operations work on 32 and 64-bit fields");
  }

  const type = field.type;
  const values = valueNodes.map((value) =>
    coerceInteger(lowering, lowerExpression(lowering, value), type, lowering.place(value)),
  );
  const op = { kind: "atomic", atomic, sizeBytes: type.sizeBytes as AtomicSize, offset: field.offset } as const;
  const value =
    field.index === undefined
      ? lowering.emit(op, [field.base, ...values], place)
      : onElement(lowering, op, { base: field.base, index: field.index, values }, place);
  return { kind: "integer", type, value };
}

/** The operation on an element of an array, if there is such an element; 0 if there is none. */
function onElement(
  lowering: Lowering,
  op: Operation & { kind: "atomic" },
  { base, index, values }: { base: Value; index: DynamicIndex; values: readonly Value[] },
  place: Place,
): Value {
  const { builder } = lowering;
  const { stride, maximum } = index;
  const before = { name: op.atomic, isNumber: true };
  builder.write(before, lowering.constant(0, place));
  const [inside, after] = [builder.newBlock(), builder.newBlock()];
  const operands: [Value, Value] = [index.value, lowering.constant(maximum, place)];
  lowering.branch({ condition: isa.jgt, width: 64, operands }, { then: after, otherwise: inside }, place);
  lowering.enter(inside);
  const within = lowering.emit({ kind: "bounded", maximum }, [index.value], place);
  const distance = calculate(isa.mul, within, lowering.constant(stride, place));
  builder.write(before, lowering.emit(op, [calculate(isa.add, base, distance), ...values], place));
  lowering.jump(after, place);
  lowering.enter(after);
  return builder.read(before, place);

  function calculate(alu: isa.AluOperation, left: Value, right: Value): Value {
    return lowering.emit({ kind: "alu", alu, width: 64 }, [left, right], place);
  }
}
