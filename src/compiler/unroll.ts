/**
 * Pass 5, unroll: short loops without a branch in them become their turns, one behind the other: each then knows its index, and no turn
 * costs a comparison. The verifier walks through them turn by turn in any case.
 */

import { type Counter, counterOf, turnsOf } from "./counters.ts";
import { orderBlocks, replaceValues } from "./graph.ts";
import { type Block, isCall, isInline, type Routine, type Value } from "./ir.ts";
import { findLoops, type Loop } from "./loops.ts";

const mostTurns = 32;
/** Values that a loop may come to, so that programs do not grow beyond reason. */
const mostValues = 200;

/** Unrolls the loops that it pays for. Blocks must be in order. True if there were any. */
export function unroll(routine: Routine): boolean {
  let changed = false;
  for (const loop of findLoops(routine)) {
    const counter = counterOf(loop);
    if (counter === undefined || !isStraight(loop, counter)) continue;
    const turns = turnsOf(counter);
    if (turns < 1 || turns > mostTurns || turns * counter.body.body.length > mostValues) continue;
    layOut(routine, loop.head, counter, turns);
    changed = true;
  }
  if (changed) orderBlocks(routine);
  return changed;
}

/** Nothing but the head, which only decides, and one block without a call or a region of its own. */
function isStraight({ head, blocks }: Loop, { body }: Counter): boolean {
  if (blocks.size !== 2 || !head.body.every(isInline) || body.phis.length > 0) return false;
  if (head.predecessors.length !== 2 || body.predecessors.length !== 1 || body.end?.kind !== "jump") return false;
  return body.body.every((value) => !isCall(value) && value.op.kind !== "frame" && value.op.kind !== "atomic");
}

function layOut(routine: Routine, head: Block, { body, exit }: Counter, turns: number): void {
  const latch = head.predecessors.indexOf(body);
  const outside = 1 - latch;
  const from = head.predecessors[outside]!;
  const values = new Map<Value, Value>(head.phis.map((phi) => [phi, phi.operands[outside]!]));
  const flat: Value[] = [];
  for (let turn = 0; turn < turns; turn++) {
    for (const value of body.body) {
      const operands = value.operands.map((operand) => values.get(operand) ?? operand);
      const copy: Value = { ...value, id: routine.nextId++, operands };
      flat.push(copy);
      values.set(value, copy);
    }
    const next = head.phis.map((phi) => values.get(phi.operands[latch]!) ?? phi.operands[latch]!);
    for (const [index, phi] of head.phis.entries()) values.set(phi, next[index]!);
  }
  // The head stays, with the constants that stand in it, and leads straight on.
  head.predecessors = [from];
  head.body.push(...flat);
  const last = new Map(head.phis.map((phi) => [phi, values.get(phi)!]));
  head.phis = [];
  head.end = { kind: "jump", to: exit, place: head.end!.place };
  body.predecessors = [];
  replaceValues(routine, last);
}
