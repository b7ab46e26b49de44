/** Loops that count: a number that begins at a constant, moves by a constant, and is compared with one at the loop's head. */

import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import type { Block, Value } from "./ir.ts";
import type { Loop } from "./loops.ts";

export interface Counter {
  readonly phi: Value;
  readonly start: bigint;
  readonly step: bigint;
  /** The loop goes on as long as the number is below this. */
  readonly limit: bigint;
  /** Where the loop goes on, and where it is left. */
  readonly body: Block;
  readonly exit: Block;
}

/** The counter by which `loop` is left at its head, counting up. */
export function counterOf({ head, blocks }: Loop): Counter | undefined {
  const { end } = head;
  if (end?.kind !== "branch") return undefined;
  const [phi, right] = end.operands;
  const limit = constantOf(right);
  const isUp =
    (end.condition === isa.jlt && blocks.has(end.then)) || (end.condition === isa.jge && blocks.has(end.otherwise));
  if (limit === undefined || !isUp || !head.phis.includes(phi)) return undefined;
  const [body, exit] = end.condition === isa.jlt ? [end.then, end.otherwise] : [end.otherwise, end.then];
  if (blocks.has(exit)) return undefined;
  let [start, step]: (bigint | undefined)[] = [];
  for (const [index, operand] of phi.operands.entries()) {
    if (blocks.has(head.predecessors[index]!)) {
      const distance =
        operand.op.kind === "alu" && operand.op.alu === isa.add ? constantOf(operand.operands[1]) : undefined;
      if (operand.operands[0] !== phi || distance === undefined || (step !== undefined && step !== distance))
        return undefined;
      step = distance;
    } else {
      const first = constantOf(operand);
      if (first === undefined || (start !== undefined && start !== first)) return undefined;
      start = first;
    }
  }
  // So small that no turn can wrap around, in whatever width the counter is.
  if (start === undefined || step === undefined || step === 0n || step > 0x7fffn || limit > 0x7fff_0000n)
    return undefined;
  return { phi, start, step, limit, body, exit };
}

/** How often the body runs, if nothing else leaves the loop. */
export function turnsOf({ start, step, limit }: Counter): number {
  return start >= limit ? 0 : Number((limit - start + step - 1n) / step);
}

/** An element that a counter chooses, and that is there for every value it has in the body, needs no check of its own. */
export function spareChecks(loops: readonly Loop[]): void {
  for (const loop of loops) {
    const counter = counterOf(loop);
    if (counter === undefined) continue;
    for (const block of loop.blocks) {
      if (block === loop.head) continue;
      for (const value of block.body) {
        const { op, operands } = value;
        if (op.kind !== "checkedLoad" && op.kind !== "checkedStore") continue;
        if (operands[1] === counter.phi && counter.limit - 1n <= BigInt(op.maximum))
          value.op = { ...op, isWithin: true };
      }
    }
  }
}
