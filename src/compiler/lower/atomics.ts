/** `atomic.add`, `atomic.exchange` and `atomic.compareExchange`. */

import type { AtomicSize } from "../../isa/index.ts";
import { problem } from "../problem.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { coerceInteger } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, fieldOf } from "./memory.ts";
import type { Operand } from "./operand.ts";

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
  if (field.index !== undefined) throw problem("notYet", place, "atomic operations on elements with a variable index");

  const type = field.type;
  const values = valueNodes.map((value) =>
    coerceInteger(lowering, lowerExpression(lowering, value), type, lowering.place(value)),
  );
  const op = { kind: "atomic", atomic, sizeBytes: type.sizeBytes as AtomicSize, offset: field.offset } as const;
  return { kind: "integer", type, value: lowering.emit(op, [field.base, ...values], place) };
}
