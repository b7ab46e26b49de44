/**
 * Where each value is needed. Every instruction has two positions: an even one, where it reads its operands, and the odd
 * one behind it, where it writes. A value that is read for the last time where another is written leaves it its register.
 */

import { type Block, hasResult, isCall, isInline, operandsOfEnd, type Routine, type Value } from "./ir.ts";
import { liveAtEnds } from "./live-at-ends.ts";

/** Positions from `start` to `end`, both included. */
export interface Range {
  start: number;
  end: number;
}

export interface Liveness {
  /** Ranges of each value, in order, not touching. */
  readonly ranges: ReadonlyMap<Value, readonly Range[]>;
  /** The even position of each instruction. */
  readonly positions: ReadonlyMap<Value, number>;
  readonly starts: ReadonlyMap<Block, number>;
  readonly ends: ReadonlyMap<Block, number>;
  /** One more than the last position. */
  readonly length: number;
}

export function analyzeLiveness(routine: Routine): Liveness {
  const { positions, starts, ends, length } = number(routine);
  const liveOut = liveAtEnds(routine, { has: () => true, writtenBy: (value) => value });
  const ranges = new Map<Value, Range[]>();

  // Backwards, so that a new range always lies in front of the ones known.
  for (const block of routine.blocks.toReversed()) {
    const start = starts.get(block)!;
    const end = ends.get(block)!;
    for (const value of liveOut.get(block)!) extend(ranges, value, start, end + 1);
    for (const operand of operandsOfEnd(block.end!)) extend(ranges, operand, start, end);
    for (const value of block.body.toReversed()) {
      const at = positions.get(value)!;
      define(ranges, value, writePosition(value, at));
      for (const [index, operand] of value.operands.entries()) {
        extend(ranges, operand, start, readsLate(value, index) ? at + 1 : at);
      }
    }
    for (const phi of block.phis) define(ranges, phi, start);
  }
  return { ranges, positions, starts, ends, length };
}

function number(routine: Routine) {
  const positions = new Map<Value, number>();
  const starts = new Map<Block, number>();
  const ends = new Map<Block, number>();
  let next = 0;
  const take = () => {
    next += 2;
    return next - 2;
  };
  for (const block of routine.blocks) {
    starts.set(block, take());
    for (const value of block.body) positions.set(value, take());
    ends.set(block, take());
  }
  return { positions, starts, ends, length: next };
}

/** The result of a call is there once the call has overwritten its registers. */
function writePosition(value: Value, at: number): number {
  return isCall(value) || isCompareExchange(value) ? at + 2 : at + 1;
}

export function isCompareExchange({ op }: Value): boolean {
  return op.kind === "atomic" && op.atomic === "compareExchange";
}

/** Whether an operand is still read after the result's register was first written. */
function readsLate({ op }: Value, operand: number): boolean {
  switch (op.kind) {
    case "alu":
    case "choose":
      return operand === 1;
    case "atomic":
      return operand === 0 || op.atomic === "compareExchange";
    default:
      return op.kind === "compare" || op.kind === "checkedLoad" || op.kind === "checkedStore";
  }
}

function extend(ranges: Map<Value, Range[]>, value: Value, start: number, end: number): void {
  if (isInline(value)) return;
  const known = ranges.get(value);
  if (known === undefined) {
    ranges.set(value, [{ start, end }]);
    return;
  }
  const first = known[0]!;
  if (end >= first.start - 1) {
    first.start = Math.min(first.start, start);
    first.end = Math.max(first.end, end);
  } else known.unshift({ start, end });
}

function define(ranges: Map<Value, Range[]>, value: Value, at: number): void {
  const known = ranges.get(value);
  if (known !== undefined) known[0]!.start = at;
  else if (wantsRegister(value)) ranges.set(value, [{ start: at, end: at }]);
}

/** An instruction without a result that needs a register for itself. */
function needsScratch({ op }: Value): boolean {
  return op.kind === "checkedStore";
}

/** Whether the value lives in a register. */
export function wantsRegister(value: Value): boolean {
  return !isInline(value) && (hasResult(value) || needsScratch(value));
}
