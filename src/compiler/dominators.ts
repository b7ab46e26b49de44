/** Which block every way into a block leads through, after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001). */

import type { Block, Routine } from "./ir.ts";

/** The closest block that dominates each one; none for the entry. Blocks must be in reverse postorder. */
export function immediateDominators({ blocks }: Routine): ReadonlyMap<Block, Block> {
  const index = new Map(blocks.map((block, position) => [block, position]));
  const dominators: (number | undefined)[] = [0];
  const common = (a: number, b: number): number => {
    let [one, other] = [a, b];
    while (one !== other) {
      if (one > other) one = dominators[one]!;
      else other = dominators[other]!;
    }
    return one;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let position = 1; position < blocks.length; position++) {
      const known = blocks[position]!.predecessors.map((block) => index.get(block)!).filter(
        (predecessor) => dominators[predecessor] !== undefined,
      );
      const closest = known.reduce(common);
      if (dominators[position] === closest) continue;
      dominators[position] = closest;
      changed = true;
    }
  }
  return new Map(blocks.slice(1).map((block, position) => [block, blocks[dominators[position + 1]!]!]));
}
