/**
 * Pass 4, simplify: the same program with less to do. Each step is small; they repeat until none finds anything.
 * Guards sit inside the instructions that they guard, so that no step can part them.
 */

import { immediateDominators } from "./dominators.ts";
import { foldValue } from "./fold.ts";
import { foldBranch } from "./fold-branch.ts";
import { countUses, orderBlocks, redirect, removeEdge, replaceValues } from "./graph.ts";
import { type Block, hasResult, isPure, isRepeatable, type Routine, type Value } from "./ir.ts";
import { mergeOffsets } from "./offsets.ts";
import { threadJumps } from "./thread-jumps.ts";

type Step = (routine: Routine) => boolean;

const steps: readonly Step[] = [
  removeUnreachable,
  removeTrivialPhis,
  foldValues,
  mergeOffsets,
  shareEqualValues,
  foldBranches,
  threadJumps,
  skipEmptyBlocks,
  joinBlocks,
  removeUnused,
];

export function simplify(routine: Routine): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const step of steps) changed = step(routine) || changed;
  }
}

function removeUnreachable(routine: Routine): boolean {
  const before = routine.blocks.length;
  orderBlocks(routine);
  return routine.blocks.length !== before;
}

/** A φ of one value, itself aside, is that value. */
function removeTrivialPhis(routine: Routine): boolean {
  const replacements = new Map<Value, Value>();
  const final = (value: Value): Value => {
    const next = replacements.get(value);
    return next === undefined ? value : final(next);
  };
  for (const block of routine.blocks) {
    block.phis = block.phis.filter((phi) => {
      const others = new Set(phi.operands.map(final).filter((operand) => operand !== phi));
      const [only] = others;
      const first = only !== undefined && [...others].every((other) => sameConstant(other, only)) ? only : undefined;
      if (first === undefined) return true;
      replacements.set(phi, dominating(routine, block, first));
      return false;
    });
  }
  replaceValues(routine, replacements);
  return replacements.size > 0;
}

function sameConstant(a: Value, b: Value): boolean {
  return a === b || (a.op.kind === "constant" && b.op.kind === "constant" && a.op.value === b.op.value);
}

/** A constant that stands in one predecessor only is repeated here. */
function dominating(routine: Routine, block: Block, value: Value): Value {
  if (value.op.kind !== "constant") return value;
  const copy: Value = { ...value, id: routine.nextId++, operands: [] };
  block.body.unshift(copy);
  return copy;
}

function foldValues(routine: Routine): boolean {
  const replacements = new Map<Value, Value>();
  let changed = false;
  for (const block of routine.blocks) {
    const body: Value[] = [];
    for (const value of block.body) {
      for (let index = 0; index < value.operands.length; index++) {
        value.operands[index] = replacements.get(value.operands[index]!) ?? value.operands[index]!;
      }
      const folded = foldValue(value);
      if (folded === undefined) body.push(value);
      else if (folded.kind === "operand") {
        replacements.set(value, folded.value);
        changed = true;
      } else {
        value.op = folded.op;
        value.operands.splice(0, value.operands.length, ...folded.operands);
        body.push(value);
        changed = true;
      }
    }
    block.body = body;
  }
  replaceValues(routine, replacements);
  return changed;
}

/**
 * A value that was computed before is not computed again: any within a block, and across blocks what would be read from
 * memory, as a register that is held for long costs more than a calculation.
 */
function shareEqualValues(routine: Routine): boolean {
  orderBlocks(routine);
  const dominators = immediateDominators(routine);
  const replacements = new Map<Value, Value>();
  const shared = new Map<Block, Map<string, Value>>();
  const earlier = (key: string, block: Block): Value | undefined => {
    for (let at: Block | undefined = block; at !== undefined; at = dominators.get(at)) {
      const value = shared.get(at)?.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  for (const block of routine.blocks) {
    const own = new Map<string, Value>();
    const lasting = new Map<string, Value>();
    shared.set(block, lasting);
    block.body = block.body.filter((value) => {
      if (!isRepeatable(value)) return true;
      const operands = value.operands.map((operand) => (replacements.get(operand) ?? operand).id);
      const key = `${keyOf(value)} ${operands}`;
      const isLoad = value.op.kind === "load";
      const known = own.get(key) ?? (isLoad ? earlier(key, block) : undefined);
      if (known !== undefined) replacements.set(value, known);
      else {
        own.set(key, value);
        if (isLoad) lasting.set(key, value);
      }
      return known === undefined;
    });
  }
  replaceValues(routine, replacements);
  return replacements.size > 0;
}

function keyOf({ op }: Value): string {
  return JSON.stringify(op, (key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (key === "alu" || key === "unary" || key === "condition") return (value as { name: string }).name;
    if (key === "root")
      return (
        (value as { name: string; enumerator?: string }).name + ((value as { enumerator?: string }).enumerator ?? "")
      );
    return value;
  });
}

function foldBranches(routine: Routine): boolean {
  let changed = false;
  for (const block of routine.blocks) {
    const { end } = block;
    if (end?.kind !== "branch") continue;
    const folded = foldBranch(end);
    if (folded === undefined) continue;
    if (folded.kind === "jump") {
      removeEdge(block, folded.to === end.then ? end.otherwise : end.then);
    }
    block.end = folded;
    changed = true;
  }
  return changed;
}

/** Who jumps to a block that only jumps on can jump on at once. */
function skipEmptyBlocks(routine: Routine): boolean {
  let changed = false;
  for (const block of routine.blocks) {
    const { end } = block;
    if (end?.kind !== "jump" || end.to === block || block.phis.length > 0 || block.body.length > 0) continue;
    const index = end.to.predecessors.indexOf(block);
    for (const predecessor of [...block.predecessors]) {
      const both = predecessor.end?.kind === "branch" && predecessor.end.then === predecessor.end.otherwise;
      const double = end.to.predecessors.includes(predecessor);
      if (both || (double && end.to.phis.length > 0)) continue;
      predecessor.end = redirect(predecessor.end!, block, end.to);
      block.predecessors.splice(block.predecessors.indexOf(predecessor), 1);
      end.to.predecessors.push(predecessor);
      for (const phi of end.to.phis) phi.operands.push(phi.operands[index]!);
      changed = true;
    }
  }
  return changed;
}

/** A block and the only one that follows it, which nobody else leads to, are one. */
function joinBlocks(routine: Routine): boolean {
  let changed = false;
  for (const block of routine.blocks) {
    for (;;) {
      const { end } = block;
      if (end?.kind !== "jump" || end.to.predecessors.length !== 1 || end.to === block) break;
      const { to } = end;
      if (to.phis.length > 0 || to === routine.blocks[0]) break;
      block.body.push(...to.body);
      if (to.end === undefined) break;
      block.end = to.end;
      to.body = [];
      to.predecessors = [];
      for (const other of routine.blocks) {
        for (let index = 0; index < other.predecessors.length; index++) {
          if (other.predecessors[index] === to) other.predecessors[index] = block;
        }
      }
      delete to.end;
      changed = true;
    }
  }
  if (changed) orderBlocks(routine);
  return changed;
}

function removeUnused(routine: Routine): boolean {
  let changed = false;
  for (;;) {
    const uses = countUses(routine);
    let removed = false;
    for (const block of routine.blocks) {
      const isNeeded = (value: Value) => !hasResult(value) || !isPure(value) || (uses.get(value) ?? 0) > 0;
      const [phis, body] = [block.phis.filter(isNeeded), block.body.filter(isNeeded)];
      removed ||= phis.length < block.phis.length || body.length < block.body.length;
      block.phis = phis;
      block.body = body;
    }
    if (!removed) return removeIdleRegions(routine) || changed;
    changed = true;
  }
}

/** A region of the stack that is written and zeroed but never read. */
function removeIdleRegions(routine: Routine): boolean {
  const read = new Set<Value>();
  for (const { phis, body, end } of routine.blocks) {
    for (const { op, operands } of [...phis, ...body]) {
      const written = op.kind === "store" || op.kind === "zero";
      for (const operand of written ? operands.slice(1) : operands) read.add(operand);
    }
    if (end !== undefined && end.kind !== "jump") for (const operand of end.operands) read.add(operand);
  }
  let changed = false;
  for (const block of routine.blocks) {
    const body = block.body.filter(({ op, operands }) => {
      const region = op.kind === "store" || op.kind === "zero" ? operands[0] : undefined;
      return region?.op.kind !== "frame" || read.has(region);
    });
    changed ||= body.length < block.body.length;
    block.body = body;
  }
  return changed;
}
