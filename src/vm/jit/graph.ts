/** The control flow of one function: basic blocks, their order, dominators, loops. */

import { callOpcode, callRegisterOpcode, exitOpcode } from "../../isa/call.ts";
import { loadImmediate64 } from "../../isa/instruction.ts";
import { conditionOf, mayGotoOpcode } from "../../isa/jump.ts";
import type { LinkedProgram } from "../link.ts";

/** A run of instructions that is entered at its first and left at its last. */
export interface Block {
  /** Its place in reverse postorder. */
  readonly order: number;
  readonly first: number;
  /** The slot behind its last instruction. */
  readonly end: number;
  /** Where it goes on: nowhere, to one, or (taken, not taken). Orders; -1 is off the end of the code. */
  readonly successors: readonly number[];
  readonly predecessors: readonly number[];
}

export interface Graph {
  /** In reverse postorder; the entry is the first. */
  readonly blocks: readonly Block[];
  /** The immediate dominator of each; the entry's is itself. */
  readonly dominators: readonly number[];
  /** Whether every loop has one entry. */
  readonly isReducible: boolean;
  /** For each loop header, the blocks of its loop. */
  readonly loops: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Reads the function that begins at `start`. */
export function graphOf(program: LinkedProgram, start: number): Graph {
  const leaders = leadersOf(program, start);
  const starts = [...leaders].sort((one, other) => one - other);
  const endOf = new Map<number, { end: number; successors: number[] }>();
  for (const [place, first] of starts.entries()) endOf.set(first, extent(program, first, starts[place + 1]));
  const ordered = postorder(start, (first) => endOf.get(first)!.successors.filter((next) => next >= 0)).reverse();
  const order = new Map(ordered.map((first, index) => [first, index]));
  const successors = ordered.map((first) => endOf.get(first)!.successors.map((next) => order.get(next) ?? -1));
  const predecessors: number[][] = ordered.map(() => []);
  for (const [from, targets] of successors.entries()) {
    for (const to of new Set(targets)) if (to >= 0) predecessors[to]!.push(from);
  }
  const blocks = ordered.map((first, index) => ({
    order: index,
    first,
    end: endOf.get(first)!.end,
    successors: successors[index]!,
    predecessors: predecessors[index]!,
  }));
  const dominators = dominatorsOf(blocks);
  const loops = new Map<number, Set<number>>();
  let isReducible = true;
  for (const { order: from, successors: targets } of blocks) {
    for (const header of targets) {
      if (header < 0 || header > from) continue;
      if (dominates(dominators, header, from)) addLoop(loops, blocks, header, from);
      else isReducible = false;
    }
  }
  return { blocks, dominators, isReducible, loops };
}

/** Whether every way to `block` goes through `candidate`. */
export function dominates(dominators: readonly number[], candidate: number, block: number): boolean {
  let at = block;
  while (at > candidate) at = dominators[at]!;
  return at === candidate;
}

function leadersOf(program: LinkedProgram, start: number): Set<number> {
  const leaders = new Set<number>();
  const work = [start];
  while (work.length > 0) {
    const first = work.pop()!;
    if (leaders.has(first) || first >= program.slotCount) continue;
    leaders.add(first);
    for (let slot = first; slot < program.slotCount; slot = after(program, slot)) {
      const targets = targetsOf(program, slot);
      if (targets === undefined) continue;
      work.push(...targets);
      break;
    }
  }
  return leaders;
}

function extent(
  program: LinkedProgram,
  first: number,
  nextLeader = program.slotCount,
): { end: number; successors: number[] } {
  let slot = first;
  for (;;) {
    const targets = targetsOf(program, slot);
    slot = after(program, slot);
    if (targets !== undefined) return { end: slot, successors: targets.map((target) => inCode(program, target)) };
    if (slot >= nextLeader) return { end: slot, successors: [inCode(program, slot)] };
  }
}

const inCode = ({ slotCount }: LinkedProgram, slot: number) => (slot < slotCount ? slot : -1);
const after = ({ opcodes }: LinkedProgram, slot: number) => slot + (opcodes[slot] === loadImmediate64 ? 2 : 1);

/** Where an instruction that ends a block leads; `undefined` for one that does not. */
function targetsOf({ opcodes, offsets, immediates }: LinkedProgram, slot: number): number[] | undefined {
  const opcode = opcodes[slot]!;
  if (opcode === exitOpcode) return [];
  if (opcode === 0x05) return [slot + 1 + offsets[slot]!];
  if (opcode === 0x06) return [slot + 1 + immediates[slot]!];
  if (opcode === mayGotoOpcode) return [slot + 1 + offsets[slot]!, slot + 1];
  const isJump = (opcode & 7) === 5 || (opcode & 7) === 6;
  if (!isJump || opcode === callOpcode || opcode === callRegisterOpcode) return undefined;
  const condition = conditionOf({ opcode, dst: 0, src: 0, offset: 0, imm: 0, immHigh: 0 });
  return condition === undefined ? undefined : [slot + 1 + offsets[slot]!, slot + 1];
}

function postorder(start: number, successors: (node: number) => readonly number[]): number[] {
  const order: number[] = [];
  const seen = new Set([start]);
  const stack = [{ node: start, next: 0 }];
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const targets = successors(top.node);
    // The way that is not taken comes first in the code, as it does in the program.
    const target = targets[top.next++];
    if (target === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (!seen.has(target)) {
      seen.add(target);
      stack.push({ node: target, next: 0 });
    }
  }
  return order;
}

/** Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm. */
function dominatorsOf(blocks: readonly Block[]): number[] {
  const dominators: number[] = blocks.map((_, index) => (index === 0 ? 0 : -1));
  const meet = (one: number, other: number) => {
    let left = one;
    let right = other;
    while (left !== right) {
      while (left > right) left = dominators[left]!;
      while (right > left) right = dominators[right]!;
    }
    return left;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const { order, predecessors } of blocks.slice(1)) {
      const known = predecessors.filter((block) => dominators[block]! >= 0);
      const found = known.reduce(meet);
      if (dominators[order] !== found) {
        dominators[order] = found;
        changed = true;
      }
    }
  }
  return dominators;
}

function addLoop(loops: Map<number, Set<number>>, blocks: readonly Block[], header: number, from: number): void {
  const body = loops.get(header) ?? new Set([header]);
  loops.set(header, body);
  const work = [from];
  while (work.length > 0) {
    const block = work.pop()!;
    if (body.has(block)) continue;
    body.add(block);
    work.push(...blocks[block]!.predecessors);
  }
}
