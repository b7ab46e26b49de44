/** Loops of a routine: a block with a jump back to it, and all blocks from which that jump can be reached without it. */

import type { Block, Routine } from "./ir.ts";

export interface Loop {
  readonly head: Block;
  readonly blocks: ReadonlySet<Block>;
}

/** All loops; blocks must be in order. */
export function findLoops({ blocks }: Routine): Loop[] {
  const index = new Map(blocks.map((block, position) => [block, position]));
  const loops: Loop[] = [];
  for (const [position, head] of blocks.entries()) {
    const latches = head.predecessors.filter((predecessor) => index.get(predecessor)! >= position);
    if (latches.length === 0) continue;
    const inside = new Set([head]);
    const waiting = [...latches];
    for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
      if (inside.has(block)) continue;
      inside.add(block);
      waiting.push(...block.predecessors);
    }
    loops.push({ head, blocks: inside });
  }
  return loops;
}

/** How many loops each block is in. */
export function loopDepths(routine: Routine): Map<Block, number> {
  const depths = new Map(routine.blocks.map((block) => [block, 0]));
  for (const { blocks } of findLoops(routine)) for (const block of blocks) depths.set(block, depths.get(block)! + 1);
  return depths;
}
