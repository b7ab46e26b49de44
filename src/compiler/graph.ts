/** Changing the graph of blocks while φs stay in step with predecessors. */

import { type Block, type End, operandsOfEnd, type Routine, successors, type Value } from "./ir.ts";

/**
 * Blocks that can be reached, each before its successors except along loops. `preferred` says which of a block's
 * successors shall come right behind it, as far as the order allows.
 */
export function reversePostorder(routine: Routine, preferred?: (block: Block) => Block | undefined): Block[] {
  const seen = new Set<Block>();
  const order: Block[] = [];
  // What is visited last comes first: without a preference `then`, which is also the body of a loop.
  const ways = (block: Block): Block[] => {
    const last = preferred?.(block);
    const others = successors(block).reverse();
    return last === undefined ? others : [...others.filter((other) => other !== last), last];
  };
  const visit = (entry: Block): void => {
    const stack = [{ block: entry, ways: ways(entry) }];
    seen.add(entry);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const next = top.ways.shift();
      if (next === undefined) {
        order.push(top.block);
        stack.pop();
      } else if (!seen.has(next)) {
        seen.add(next);
        stack.push({ block: next, ways: ways(next) });
      }
    }
  };
  visit(routine.blocks[0]!);
  return order.reverse();
}

/** Puts blocks in order and drops those that cannot be reached. */
export function orderBlocks(routine: Routine): void {
  const order = reversePostorder(routine);
  const reachable = new Set(order);
  for (const block of order) {
    for (let index = block.predecessors.length - 1; index >= 0; index--) {
      if (!reachable.has(block.predecessors[index]!)) dropPredecessor(block, index);
    }
  }
  routine.blocks = order;
}

/** Removes the edge from `from` to `to`, whose end is about to change. */
export function removeEdge(from: Block, to: Block): void {
  dropPredecessor(to, to.predecessors.indexOf(from));
}

function dropPredecessor(block: Block, index: number): void {
  block.predecessors.splice(index, 1);
  for (const phi of block.phis) phi.operands.splice(index, 1);
}

/** The same end with `to` in place of `from`. */
export function redirect(end: End, from: Block, to: Block): End {
  const target = (block: Block) => (block === from ? to : block);
  if (end.kind === "jump") return { ...end, to: target(end.to) };
  if (end.kind === "branch") return { ...end, then: target(end.then), otherwise: target(end.otherwise) };
  return end;
}

/** Calls `visit` with every list of operands, which it may change. */
function forEachOperands(routine: Routine, visit: (operands: Value[]) => void): void {
  for (const block of routine.blocks) {
    for (const value of block.phis) visit(value.operands);
    for (const value of block.body) visit(value.operands);
    if (block.end !== undefined) visit(operandsOfEnd(block.end));
  }
}

/** Puts other values in the place of some. */
export function replaceValues(routine: Routine, replacements: ReadonlyMap<Value, Value>): void {
  if (replacements.size === 0) return;
  const final = (value: Value): Value => {
    let current = value;
    for (let next = replacements.get(current); next !== undefined; next = replacements.get(current)) current = next;
    return current;
  };
  forEachOperands(routine, (operands) => {
    for (let index = 0; index < operands.length; index++) operands[index] = final(operands[index]!);
  });
}

/** How often each value is used. */
export function countUses(routine: Routine): Map<Value, number> {
  const uses = new Map<Value, number>();
  forEachOperands(routine, (operands) => {
    for (const operand of operands) uses.set(operand, (uses.get(operand) ?? 0) + 1);
  });
  return uses;
}
