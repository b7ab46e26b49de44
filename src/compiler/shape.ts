/**
 * Pass 10, shape: gives every instruction the form that the machine and its verifier want. Constants that do not fit
 * an instruction get a register; edges on which φs are filled get a block of their own.
 */

import type { Condition, Width } from "../isa/index.ts";
import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import { orderBlocks, redirect, reversePostorder } from "./graph.ts";
import { type Block, isInline, type Operation, type Routine, successors, type Value } from "./ir.ts";
import { findLoops } from "./loops.ts";

export function shape(routine: Routine): void {
  splitEdges(routine);
  for (const block of routine.blocks) {
    const body: Value[] = [];
    for (const value of block.body) {
      if (routine.role.kind !== "program") multiplyBefore(routine, body, value);
      for (const index of inRegisters(value))
        value.operands[index] = materialized(routine, body, value.operands[index]!);
      body.push(value);
    }
    shapeEnd(routine, block, body);
    block.body = body;
  }
  leaveFirst(routine);
}

/**
 * Puts the way out of a loop right behind the branch that decides. The verifier follows that way first and leaves the
 * other for later, of which it keeps no more than 8,192: so it first runs through a nest of loops by the short way.
 */
function leaveFirst(routine: Routine): void {
  orderBlocks(routine);
  const loops = findLoops(routine).sort((a, b) => a.blocks.size - b.blocks.size);
  routine.blocks = reversePostorder(routine, (block) => {
    const innermost = loops.find(({ blocks }) => blocks.has(block));
    const [leaving, ...more] = successors(block).filter((next) => innermost && !innermost.blocks.has(next));
    return more.length === 0 ? leaving : undefined;
  });
}

/** An edge from a block with two ways out to one with two ways in gets a block, where registers can be moved. */
function splitEdges(routine: Routine): void {
  for (const block of [...routine.blocks]) {
    if (block.phis.length === 0) continue;
    for (const [index, predecessor] of block.predecessors.entries()) {
      const { end } = predecessor;
      if (end?.kind !== "branch") continue;
      const between: Block = { id: routine.nextId++, phis: [], body: [], predecessors: [predecessor] };
      between.end = { kind: "jump", to: block, place: end.place };
      block.predecessors[index] = between;
      // Both ways of a branch can lead here: each gets its own block.
      predecessor.end = end.then === block ? { ...end, then: between } : redirect(end, block, between);
      routine.blocks.push(between);
    }
  }
}

/**
 * In a function the index of an element on its stack is multiplied first. The kernel takes `number + pointer` for a pointer
 * into the frame of the program (seen on Linux 6.18), `pointer + number` for what it is.
 */
function multiplyBefore(routine: Routine, body: Value[], value: Value): void {
  const { op, operands, place } = value;
  if (op.kind !== "checkedLoad" && op.kind !== "checkedStore") return;
  if (op.stride === 1 || operands[0]!.op.kind !== "frame") return;
  const make = (made: Operation, given: Value[]): Value => {
    const result: Value = { id: routine.nextId++, op: made, operands: given, place };
    body.push(result);
    return result;
  };
  const stride = make({ kind: "constant", value: BigInt(op.stride) }, []);
  operands[1] = make({ kind: "alu", alu: isa.mul, width: 64 }, [operands[1]!, stride]);
  value.op = { ...op, stride: 1, maximum: op.maximum * op.stride };
}

/** Which operands must be in a register. */
function inRegisters({ op, operands }: Value): number[] {
  const isBase = (index: number) => (operands[index]!.op.kind === "frame" ? [] : [index]);
  const fits = (index: number, width: Width) => (fitsImmediate(operands[index]!, width) ? [] : [index]);
  switch (op.kind) {
    case "alu":
      return fits(1, op.width);
    case "compare":
      return [0, ...fits(1, op.width)];
    case "choose":
      return fits(1, op.width);
    case "load":
      return isBase(0);
    case "store":
      return [...isBase(0), ...fits(1, op.sizeBytes === 8 ? 64 : 32)];
    case "zero":
      return isBase(0);
    case "checkedLoad":
      return [...isBase(0), 1];
    case "checkedStore":
      return [...isBase(0), 1, ...fits(2, op.sizeBytes === 8 ? 64 : 32)];
    case "atomic":
      return op.atomic === "compareExchange" ? [...isBase(0), 2] : [...isBase(0), 1];
    default:
      return [];
  }
}

function shapeEnd(routine: Routine, block: Block, body: Value[]): void {
  const { end } = block;
  if (end?.kind !== "branch") return;
  let { condition, operands } = end;
  if (constantOf(operands[0]) !== undefined && mirrored.has(condition)) {
    condition = mirrored.get(condition)!;
    operands = [operands[1], operands[0]];
  }
  const left = materialized(routine, body, operands[0]);
  const right = fitsImmediate(operands[1], end.width) ? operands[1] : materialized(routine, body, operands[1]);
  block.end = { ...end, condition, operands: [left, right] };
}

/** The condition that holds for swapped operands. */
const mirrored = new Map<Condition, Condition>([
  ...([isa.jeq, isa.jne, isa.jset] as const).map((condition) => [condition, condition] as const),
  [isa.jlt, isa.jgt],
  [isa.jgt, isa.jlt],
  [isa.jle, isa.jge],
  [isa.jge, isa.jle],
  [isa.jslt, isa.jsgt],
  [isa.jsgt, isa.jslt],
  [isa.jsle, isa.jsge],
  [isa.jsge, isa.jsle],
]);

/** Whether an instruction of this width can hold the value itself. */
export function fitsImmediate(value: Value, width: Width): boolean {
  const constant = constantOf(value);
  if (constant === undefined) return !isInline(value);
  return width === 32 || BigInt.asIntN(32, constant) === BigInt.asIntN(64, constant);
}

export function materialized(routine: Routine, body: Value[], value: Value): Value {
  if (!isInline(value)) return value;
  const copy: Value = { id: routine.nextId++, op: { kind: "materialize" }, operands: [value], place: value.place };
  body.push(copy);
  return copy;
}
