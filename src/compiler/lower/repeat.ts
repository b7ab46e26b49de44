/**
 * `repeat(count, step, …context)`: a loop whose body the verifier looks at once, whatever the count (`bpf_loop`).
 * The step becomes a routine of its own, which finds the context on the caller's stack.
 */

import * as isa from "../../isa/index.ts";
import type { FunctionEntity } from "../entity.ts";
import type { Routine, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { bare, parametersOf } from "../syntax.ts";
import { integerType } from "../types.ts";
import { declareKept, declareWord, keepForCallback, lowerCallback } from "./callbacks.ts";
import { coerceInteger } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { refuseRecursion } from "./inline-functions.ts";
import type { IntrinsicCall } from "./intrinsics.ts";
import type { Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";

export function lowerRepeat({ lowering, given, place }: IntrinsicCall): Operand {
  const [countNode, stepNode, ...contextNodes] = given;
  const name = stepNode === undefined ? undefined : bare(stepNode);
  const entity = name?.type === "Identifier" ? lowering.module.value(name.name, lowering.place(name)) : undefined;
  if (countNode === undefined || entity?.kind !== "function") {
    throw problem("mistake", place, "repeat takes a count, a function of the module, and what to hand to it");
  }
  const parameters = parametersOf(entity.module.file, entity.node.params);
  if (parameters.length !== contextNodes.length + 1) {
    throw problem("mistake", place, `${entity.name} takes the index and ${parameters.length - 1} more`);
  }
  refuseRecursion(lowering, entity, place);
  const count = coerceInteger(
    lowering,
    lowerExpression(lowering, countNode),
    integerType("u32"),
    lowering.place(countNode),
  );
  const frame = keepForCallback(lowering, entity, contextNodes, 1);
  const routine = lowerStep(lowering, entity, place);
  if (count.op.kind === "constant" && count.op.value === 0n) return { kind: "nothing" };
  const times = count.op.kind === "constant" ? count : hidden(lowering, count, place);
  const step = lowering.emit({ kind: "function", routine }, [], place);
  const operands = [times, step, frame, lowering.constant(0, place)];
  lowering.emit({ kind: "call", helper: "bpf_loop" }, operands, place);
  return { kind: "nothing" };
}

/**
 * The count as something unknown to the verifier. Where it finds out that a count is zero it never enters the step, drops
 * it as dead code, and then misses it when the program is compiled ("No program to jit", seen on Linux 6.18).
 */
function hidden(lowering: Lowering, count: Value, place: Place): Value {
  const unknown = lowering.emit({ kind: "unknown" }, [], place);
  const xor = { kind: "alu", alu: isa.xor, width: 64 } as const;
  return lowering.emit(xor, [lowering.emit(xor, [count, unknown], place), unknown], place);
}

function lowerStep(outer: Lowering, entity: FunctionEntity, place: Place): Routine {
  return lowerCallback(outer, entity, place, (lowering, [index, ...context]) => {
    const first = lowering.emit({ kind: "parameter", index: 0 }, [], place);
    declareWord(lowering, index!, first);
    declareKept(lowering, context, lowering.emit({ kind: "parameter", index: 1 }, [], place));
  });
}
