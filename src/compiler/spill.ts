/**
 * Values on the stack. A web of values that never live at the same time shares one slot: each is written there where it
 * is computed, and read back in front of its uses, once for each stretch without a call. φs between them disappear.
 */

import { type Block, isCall, operandsOfEnd, type Routine, type Value } from "./ir.ts";
import { problem } from "./problem.ts";
import { fitsImmediate, materialized } from "./shape.ts";

/** What has been kept on the stack so far. */
export interface Spilled {
  /** Values that need a register for a moment only, and cannot do with less. */
  readonly momentary: Set<Value>;
  /** Values that were read back, and the slot they come from. */
  readonly reloads: Map<Value, Value>;
}

/** Keeps the values of a web on the stack. */
export function spill(routine: Routine, members: readonly Value[], spilled: Spilled): void {
  const [first] = members;
  const slot = members.length === 1 ? spilled.reloads.get(first!) : undefined;
  if (slot === undefined) spillWeb(routine, members, spilled);
  else reloadEachTime(routine, first!, slot, spilled);
}

function spillWeb(routine: Routine, members: readonly Value[], { momentary, reloads }: Spilled): void {
  const web = new Set(members);
  const { place } = members[0]!;
  const make = (op: Value["op"], operands: Value[]): Value => ({ id: routine.nextId++, op, operands, place });
  const slot = make({ kind: "frame", sizeBytes: 8 }, []);
  const save = (value: Value): Value => make({ kind: "store", sizeBytes: 8, offset: 0 }, [slot, value]);
  const reload = (): Value => {
    const loaded = make({ kind: "load", sizeBytes: 8, offset: 0 }, [slot]);
    reloads.set(loaded, slot);
    return loaded;
  };
  for (const value of members) {
    if (momentary.has(value)) throw problem("bug", value.place, "a value was put on the stack twice");
    momentary.add(value);
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
    for (const value of arriving.get(block) ?? []) {
      const stored = fitsImmediate(value, 64) ? value : materialized(routine, body, value);
      if (stored !== value) momentary.add(stored);
      body.push(save(stored));
    }
    block.body = body;
  }
  routine.blocks[0]!.body.unshift(slot);
}

/** A value that was read back once for several uses, and still lives too long, is read back for each. */
function reloadEachTime(routine: Routine, value: Value, slot: Value, { momentary }: Spilled): void {
  const { op, place } = value;
  for (const block of routine.blocks) {
    const body: Value[] = [];
    const use = (operands: Value[]): void => {
      if (!operands.includes(value)) return;
      const loaded: Value = { id: routine.nextId++, op, operands: [slot], place };
      momentary.add(loaded);
      body.push(loaded);
      for (const [index, operand] of operands.entries()) if (operand === value) operands[index] = loaded;
    };
    for (const current of block.body) {
      use(current.operands);
      if (current !== value) body.push(current);
    }
    usedByPhis(block, use);
    if (block.end !== undefined) use(operandsOfEnd(block.end));
    block.body = body;
  }
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
