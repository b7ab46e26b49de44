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
import { typeOfAnnotation } from "../type-annotations.ts";
import { integerType, type Type } from "../types.ts";
import { refuseRecursion } from "./calls.ts";
import { coerce, coerceInteger } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { IntrinsicCall } from "./intrinsics.ts";
import { Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";
import { bindParameter } from "./parameters.ts";
import { lowerStatements } from "./statements.ts";
import { newVariable } from "./variables.ts";

const wordBytes = 8;

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
  const context = contextNodes.map((node, index): Value => {
    const type = typeOfAnnotation(entity.module, parameters[index + 1]!.type);
    const value = coerce(lowering, lowerExpression(lowering, node), type, lowering.place(node));
    if (value.op.kind !== "frame") return value;
    throw problem("notYet", lowering.place(node), "a step that works on the caller's stack", "keep it in a map");
  });
  const frame = lowering.emit({ kind: "frame", sizeBytes: wordBytes * parameters.length }, [], place);
  for (const [index, value] of context.entries()) {
    lowering.emit({ kind: "store", sizeBytes: wordBytes, offset: wordBytes * (index + 1) }, [frame, value], place);
  }
  const step = lowerStep(lowering, entity, place);
  const times = count.op.kind === "constant" ? count : hidden(lowering, count, place);
  if (count.op.kind !== "constant" || count.op.value > 0n) {
    lowering.emit({ kind: "repeat", step }, [times, frame], place);
  }
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
  const { module, node, name } = entity;
  const lowering = new Lowering(name, place, outer.uses, "step");
  const { builder } = lowering;
  const type: Type = { kind: "boolean" };
  const annotation = node.returnType?.typeAnnotation;
  if (annotation === undefined || typeOfAnnotation(module, annotation).kind !== "boolean") {
    throw problem(
      "mistake",
      module.place(node.id ?? node),
      `${name} says by a boolean whether to go on`,
      "write `): boolean {`",
    );
  }
  const to = builder.newBlock();
  const result = newVariable(name, type);
  lowering.activate({ module, entity, caller: outer.activation, return: { kind: "value", type, result, to } }, () => {
    for (const [index, parameter] of parametersOf(module.file, node.params).entries()) {
      lowering.scope.declare(parameter.name, bindParameter(lowering, parameter, index));
    }
    lowerStatements(lowering, node.body!.body);
  });
  lowering.enter(to);
  // To the kernel 0 means go on.
  const goOn = builder.read(result.variable, place);
  const one = lowering.constant(1, place);
  builder.return(lowering.emit({ kind: "alu", alu: isa.xor, width: 64 }, [goOn, one], place), place);
  return builder.routine;
}
