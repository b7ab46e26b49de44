/** `lock`, `unlock`, `startTimer` and `cancelTimer`: the kernel's own fields of a map's value. */

import type { HelperName } from "../../isa/index.ts";
import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { specialByName, specialOf } from "../special-types.ts";
import { bare, type Expression } from "../syntax.ts";
import { integerType } from "../types.ts";
import { lowerTimerCallback } from "./callbacks.ts";
import { coerceInteger, describe } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { declareEntry, parametersUpTo } from "./for-each.ts";
import { refuseRecursion } from "./inline-functions.ts";
import type { IntrinsicCall } from "./intrinsics.ts";
import type { Lowering } from "./lowering.ts";
import { mapOperand } from "./maps.ts";
import { expectMemory, pointerTo } from "./memory.ts";
import type { MapOperand, Operand } from "./operand.ts";

/** `CLOCK_MONOTONIC` (`linux/time.h`). */
const monotonicClock = 1;

export function lowerLock({ lowering, given, place }: IntrinsicCall, helper: HelperName): Operand {
  lowering.emit({ kind: "call", helper }, [fieldGiven(lowering, given[0]!, "spinLock")], place);
  return { kind: "nothing" };
}

export function lowerStartTimer({ lowering, given, place }: IntrinsicCall): Operand {
  const [timerNode, mapNode, onExpireNode, delayNode] = given as [Expression, Expression, Expression, Expression];
  const timer = fieldGiven(lowering, timerNode, "timer");
  const map = mapGiven(lowering, mapNode);
  const name = bare(onExpireNode);
  const entity = name.type === "Identifier" ? lowering.module.value(name.name, lowering.place(name)) : undefined;
  if (entity?.kind !== "function") {
    throw problem("mistake", lowering.place(onExpireNode), "a function of the module is wanted here");
  }
  refuseRecursion(lowering, entity, place);
  const delay = lowerExpression(lowering, delayNode);
  const delayNs = coerceInteger(lowering, delay, integerType("u64"), lowering.place(delayNode));
  const routine = lowerTimerCallback(lowering, entity, place, (inner, parameters) =>
    declareEntry(inner, map, parameters, parametersUpTo(inner, 2, place)),
  );
  const onExpire = lowering.emit({ kind: "function", routine }, [], place);
  const call = (helper: HelperName, operands: Value[]) => lowering.emit({ kind: "call", helper }, operands, place);
  // Whoever made the timer first has made it: that it is there already is no failure.
  call("bpf_timer_init", [timer, map.base, lowering.constant(monotonicClock, place)]);
  call("bpf_timer_set_callback", [timer, onExpire]);
  const status = call("bpf_timer_start", [timer, delayNs, lowering.constant(0, place)]);
  return isStatus(lowering, status, 0, place);
}

export function lowerCancelTimer({ lowering, given, place }: IntrinsicCall): Operand {
  const operands = [fieldGiven(lowering, given[0]!, "timer")];
  return isStatus(lowering, lowering.emit({ kind: "call", helper: "bpf_timer_cancel" }, operands, place), 1, place);
}

function isStatus(lowering: Lowering, status: Value, wanted: number, place: IntrinsicCall["place"]): Operand {
  const operands = [status, lowering.constant(wanted, place)];
  return {
    kind: "boolean",
    value: lowering.emit({ kind: "compare", condition: isa.jeq, width: 64 }, operands, place),
  };
}

/** The address of a field of the type `name`. */
function fieldGiven(lowering: Lowering, node: Expression, name: string): Value {
  const place = lowering.place(node);
  const operand = lowerExpression(lowering, node);
  if (operand.kind !== "memory" || specialOf(operand.type) !== specialByName(name)) {
    throw problem("mistake", place, `a ${name} field is wanted here, and this is ${describe(operand)}`);
  }
  return pointerTo(lowering, expectMemory(operand, place), place);
}

function mapGiven(lowering: Lowering, node: Expression): MapOperand {
  const operand = lowerExpression(lowering, node);
  if (operand.kind === "entity" && operand.entity.kind === "map" && operand.entity.value !== undefined) {
    return mapOperand(lowering, operand.entity, lowering.place(node));
  }
  throw problem("mistake", lowering.place(node), "the map that the timer stands in is wanted here");
}
