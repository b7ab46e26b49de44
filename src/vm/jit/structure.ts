/** The control flow of a function in what WebAssembly has: blocks, loops and branches out of them. */

import { loadImmediate64 } from "../../isa/instruction.ts";
import type { LinkedProgram } from "../link.ts";
import { emitBranchCondition } from "./conditions.ts";
import { type Block, dominates } from "./graph.ts";
import { emitInstruction } from "./instructions.ts";
import { emitFault, emitMeter, type Translation } from "./translation.ts";
import type { Label } from "./wasm.ts";

function emitBlock(translation: Translation, block: Block): void {
  const { program } = translation;
  const hasJump = block.successors.length !== 1 || endsWithJump(program, block);
  for (let slot = block.first; slot < block.end; ) {
    const next = slot + (program.opcodes[slot] === loadImmediate64 ? 2 : 1);
    const isLast = next >= block.end;
    if (!isLast || !hasJump) emitInstruction(translation, slot);
    else if (block.successors.length === 0) emitInstruction(translation, slot);
    slot = next;
  }
}

function lastSlot({ opcodes }: LinkedProgram, block: Block): number {
  let slot = block.first;
  for (;;) {
    const next = slot + (opcodes[slot] === loadImmediate64 ? 2 : 1);
    if (next >= block.end) return slot;
    slot = next;
  }
}

function endsWithJump(program: LinkedProgram, block: Block): boolean {
  const opcode = program.opcodes[lastSlot(program, block)];
  return opcode === 0x05 || opcode === 0x06;
}

/** A jump back takes from the limit as many instructions as it goes back. */
function emitJumpBack(translation: Translation, block: Block, target: number): void {
  const slot = lastSlot(translation.program, block);
  emitMeter(translation, slot + 1 - translation.graph.blocks[target]!.first, slot);
}

/** Whether the edge goes back in the code, by a jump. */
function isBack({ graph, program }: Translation, block: Block, target: number): boolean {
  return target >= 0 && graph.blocks[target]!.first <= lastSlot(program, block);
}

/**
 * Structured control flow from the dominator tree (Ramsey, "Beyond Relooper", ICFP 2022): a block's children in the tree that
 * are reached from several places follow it, each behind a label; all others stand where they are reached.
 */
export function structured(translation: Translation): void {
  const { graph, out } = translation;
  const { blocks, dominators, loops } = graph;
  const children: number[][] = blocks.map(() => []);
  for (let order = 1; order < blocks.length; order++) children[dominators[order]!]!.push(order);
  const isMerge = blocks.map(
    ({ order, predecessors }) => predecessors.filter((from) => !dominates(dominators, order, from)).length > 1,
  );
  const loopLabels = new Map<number, Label>();
  const mergeLabels = new Map<number, Label>();

  const tree = (order: number): void => {
    if (loops.has(order)) loopLabels.set(order, out.loop());
    const merges = children[order]!.filter((child) => isMerge[child]).reverse();
    for (const merge of merges) mergeLabels.set(merge, out.block());
    within(blocks[order]!);
    for (const merge of merges.reverse()) {
      out.close();
      mergeLabels.delete(merge);
      tree(merge);
    }
    if (loops.has(order)) {
      out.close();
      loopLabels.delete(order);
    }
  };

  const branch = (block: Block, target: number): void => {
    if (target < 0) return emitFault(translation, "end", translation.program.slotCount);
    if (isBack(translation, block, target)) emitJumpBack(translation, block, target);
    const label = target <= block.order ? loopLabels.get(target) : mergeLabels.get(target);
    if (label === undefined) tree(target);
    else out.br(label);
  };

  const within = (block: Block): void => {
    emitBlock(translation, block);
    const [taken, other] = block.successors;
    if (taken === undefined) return;
    if (other === undefined) return branch(block, taken);
    if (taken === other) return branch(block, taken);
    emitBranchCondition(translation, lastSlot(translation.program, block));
    const label = taken <= block.order ? loopLabels.get(taken) : mergeLabels.get(taken);
    if (taken >= 0 && label !== undefined && !isBack(translation, block, taken)) out.brIf(label);
    else {
      out.if();
      branch(block, taken);
      out.close();
    }
    branch(block, other);
  };

  tree(0);
}

/** Any control flow: a loop around a switch by the number of the block that is next. */
export function dispatched(translation: Translation): void {
  const { graph, out, locals } = translation;
  out.i32(0);
  out.set(locals.word);
  const again = out.loop();
  const labels = graph.blocks.map(() => out.block()).reverse();
  out.get(locals.word);
  out.brTable(labels.slice(0, -1), labels.at(-1)!);
  const go = (block: Block, target: number) => {
    if (target < 0) return emitFault(translation, "end", translation.program.slotCount);
    if (isBack(translation, block, target)) emitJumpBack(translation, block, target);
    out.i32(target);
    out.set(locals.word);
    out.br(again);
  };
  for (const block of graph.blocks) {
    out.close();
    emitBlock(translation, block);
    const [taken, other] = block.successors;
    if (taken === undefined) continue;
    if (other !== undefined && other !== taken) {
      emitBranchCondition(translation, lastSlot(translation.program, block));
      out.if();
      go(block, taken);
      out.close();
      go(block, other);
    } else go(block, taken);
  }
  out.close();
}
