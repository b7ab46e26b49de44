/**
 * Values on the stack. A web of values that never live at the same time shares one slot: each is written there where it
 * is computed, and read back in front of its uses, once for each stretch without a call. φs between them disappear.
 */

import { type Block, isCall, operandsOfEnd, type Routine, type Value } from "./ir.ts";
import { problem } from "./problem.ts";

/** Keeps `members` on the stack. What still needs a register for a moment is added to `temporary`. */
export function spill(routine: Routine, members: readonly Value[], temporary: Set<Value>): void {
  const web = new Set(members);
  const { place } = members[0]!;
  const make = (op: Value["op"], operands: Value[]): Value => ({ id: routine.nextId++, op, operands, place });
  const slot = make({ kind: "frame", sizeBytes: 8 }, []);
  const save = (value: Value): Value => make({ kind: "store", sizeBytes: 8, offset: 0 }, [slot, value]);
  const reload = (): Value => {
    const loaded = make({ kind: "load", sizeBytes: 8, offset: 0 }, [slot]);
    temporary.add(loaded);
    return loaded;
  };
  for (const value of members) {
    if (temporary.has(value)) throw problem("bug", value.place, "a value was put on the stack twice");
    temporary.add(value);
  }

  const arriving = arrivingValues(routine.blocks, web);
  for (const block of routine.blocks) {
    const body: Value[] = [];
    const loaded = new Map<Value, Value>();
    const use = (operands: Value[]): void => {
      for (const [index, operand] of operands.entries()) {
        if (!web.has(operand)) continue;
        const known = loaded.get(operand) ?? reload();
        if (!loaded.has(operand)) body.push(known);
        loaded.set(operand, known);
        operands[index] = known;
      }
    };
    block.phis = block.phis.filter((phi) => !web.has(phi));
    for (const value of block.body) {
      use(value.operands);
      body.push(value);
      if (isCall(value)) loaded.clear();
      if (web.has(value)) body.push(save(value));
    }
    // What the next block's φs read is read back before a slot changes.
    usedByPhis(block, use);
    if (block.end !== undefined) use(operandsOfEnd(block.end));
    for (const value of arriving.get(block) ?? []) body.push(save(value));
    block.body = body;
  }
  routine.blocks[0]!.body.unshift(slot);
}

/** Values from outside the web that its φs take over at the end of a block. */
function arrivingValues(blocks: readonly Block[], web: ReadonlySet<Value>): Map<Block, Value[]> {
  const arriving = new Map<Block, Value[]>();
  for (const block of blocks) {
    for (const phi of block.phis) {
      if (!web.has(phi)) continue;
      for (const [index, operand] of phi.operands.entries()) {
        if (web.has(operand)) continue;
        const predecessor = block.predecessors[index]!;
        arriving.set(predecessor, [...(arriving.get(predecessor) ?? []), operand]);
      }
    }
  }
  return arriving;
}

function usedByPhis(block: Block, use: (operands: Value[]) => void): void {
  if (block.end?.kind !== "jump") return;
  const { to } = block.end;
  const index = to.predecessors.indexOf(block);
  for (const phi of to.phis) {
    const operands = [phi.operands[index]!];
    use(operands);
    phi.operands[index] = operands[0]!;
  }
}
