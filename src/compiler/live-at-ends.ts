/** Which values are still needed where each block ends, found by going round until nothing changes. */

import { type Block, operandsOfEnd, type Routine, successors, type Value } from "./ir.ts";

/** What is followed, and where it begins. */
export interface Followed {
  readonly has: (value: Value) => boolean;
  /** What holds nothing from before once the instruction is done. */
  readonly writtenBy: (instruction: Value) => Value | undefined;
}

/** Operands that live through a block's end are read by the φs of the next one. */
export function liveAtEnds(routine: Routine, { has, writtenBy }: Followed): ReadonlyMap<Block, ReadonlySet<Value>> {
  const liveIn = new Map<Block, Set<Value>>(routine.blocks.map((block) => [block, new Set()]));
  const liveOut = new Map<Block, Set<Value>>(routine.blocks.map((block) => [block, new Set()]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of routine.blocks.toReversed()) {
      const out = liveOut.get(block)!;
      for (const next of successors(block)) {
        for (const value of liveIn.get(next)!) out.add(value);
        const index = next.predecessors.indexOf(block);
        for (const { operands } of next.phis) if (has(operands[index]!)) out.add(operands[index]!);
      }
      const live = new Set(out);
      for (const operand of operandsOfEnd(block.end!)) if (has(operand)) live.add(operand);
      for (const value of block.body.toReversed()) {
        const written = writtenBy(value);
        if (written !== undefined) live.delete(written);
        for (const operand of value.operands) if (operand !== written && has(operand)) live.add(operand);
      }
      for (const phi of block.phis) live.delete(phi);
      if (live.size === liveIn.get(block)!.size) continue;
      liveIn.set(block, live);
      changed = true;
    }
  }
  return liveOut;
}
