/**
 * A block that only decides, by a φ, where to go on: who comes with a value that decides it goes there at once. So `a === null`
 * behind a look-up that says by `null` that something is missing costs nothing, and neither does `a && b` as a value.
 */

import { foldBranch } from "./fold-branch.ts";
import { orderBlocks, redirect, removeEdge } from "./graph.ts";
import { type Block, type End, isInline, operandsOfEnd, type Routine, type Value } from "./ir.ts";

export function threadJumps(routine: Routine): boolean {
  orderBlocks(routine);
  const order = new Map(routine.blocks.map((block, index) => [block, index]));
  const isLoopHead = (block: Block) => block.predecessors.some((from) => order.get(from)! >= order.get(block)!);
  let changed = false;
  for (const block of [...routine.blocks]) {
    const { end } = block;
    if (end?.kind !== "branch" || block.phis.length === 0 || !block.body.every(isInline) || isLoopHead(block)) continue;
    if (end.then === end.otherwise) continue;
    changed = threadThrough(routine, block, end) || changed;
  }
  if (changed) orderBlocks(routine);
  return changed;
}

function threadThrough(routine: Routine, block: Block, end: End & { kind: "branch" }): boolean {
  const arrivals = new Map<Block, readonly Value[]>();
  for (let index = block.predecessors.length - 1; index >= 0; index--) {
    const from = block.predecessors[index]!;
    const at = (value: Value): Value => {
      const phi = block.phis.indexOf(value);
      return phi < 0 ? value : block.phis[phi]!.operands[index]!;
    };
    const folded = foldBranch({ ...end, operands: [at(end.operands[0]), at(end.operands[1])] });
    const isDouble = from.end?.kind === "branch" && from.end.then === from.end.otherwise;
    if (folded?.kind !== "jump" || isDouble) continue;
    const { to } = folded;
    const edge = to.predecessors.indexOf(block);
    const between: Block = { id: routine.nextId++, phis: [], body: [], predecessors: [from] };
    between.end = { kind: "jump", to, place: end.place };
    for (const phi of to.phis) phi.operands.push(at(phi.operands[edge]!));
    to.predecessors.push(between);
    from.end = redirect(from.end!, block, between);
    arrivals.set(
      between,
      block.phis.map((phi) => phi.operands[index]!),
    );
    removeEdge(from, block);
    routine.blocks.push(between);
  }
  if (arrivals.size === 0) return false;
  hoistConstants(routine, block);
  const phis = [...block.phis];
  for (const [index, phi] of phis.entries()) {
    const definitions = new Map([...arrivals].map(([from, values]) => [from, values[index]!]));
    definitions.set(block, phi);
    resolveUses(routine, phi, definitions);
  }
  return true;
}

/** Constants are part of the instructions that use them: where they stand does not matter, but it must be reached. */
function hoistConstants(routine: Routine, block: Block): void {
  const entry = routine.blocks[0]!;
  if (block === entry) return;
  entry.body.unshift(...block.body);
  block.body = [];
}

/** Gives each use of `old` the definition that reaches it, by a φ where several do. */
function resolveUses(routine: Routine, old: Value, definitions: Map<Block, Value>): void {
  const atEnd = (block: Block): Value => {
    const known = definitions.get(block);
    if (known !== undefined) return known;
    const [first, ...more] = block.predecessors;
    if (first !== undefined && more.length === 0) {
      const value = atEnd(first);
      definitions.set(block, value);
      return value;
    }
    const phi: Value = { id: routine.nextId++, op: old.op, operands: [], place: old.place };
    definitions.set(block, phi);
    block.phis.push(phi);
    for (const from of block.predecessors) phi.operands.push(atEnd(from));
    return phi;
  };
  const replace = (operands: Value[], block: Block): void => {
    for (const [index, operand] of operands.entries()) if (operand === old) operands[index] = atEnd(block);
  };
  for (const block of [...routine.blocks]) {
    // Those that are made on the way have their operands already.
    for (const phi of [...block.phis]) {
      for (const [index, operand] of phi.operands.entries()) {
        if (operand === old) phi.operands[index] = atEnd(block.predecessors[index]!);
      }
    }
    for (const value of block.body) replace(value.operands, block);
    if (block.end !== undefined) replace(operandsOfEnd(block.end), block);
  }
}
