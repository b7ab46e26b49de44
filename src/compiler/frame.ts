/** The stack frame: regions whose lives do not overlap share the same bytes. */

import { type Block, operandsOfEnd, type Routine, type Value } from "./ir.ts";
import { liveAtEnds } from "./live-at-ends.ts";
import type { Liveness, Range } from "./liveness.ts";
import { problem } from "./problem.ts";

/** The stack of a program (`MAX_BPF_STACK`). */
export const frameBytes = 512;

/** The offset from r10 of every region, negative and a multiple of 8. */
export function layOutFrame(routine: Routine, liveness: Liveness): ReadonlyMap<Value, number> {
  const offsets = placeRegions(routine, liveness);
  for (const [region, offset] of offsets) {
    if (-offset <= frameBytes) continue;
    throw problem(
      "kernelRefuses",
      region.place,
      `${routine.name} needs more than the ${frameBytes} bytes of stack that a program has`,
      "keep large structs in a perCpuArray with one entry",
    );
  }
  return offsets;
}

/** How much stack a routine takes, before values are kept there for want of registers. */
export function frameSizeOf(routine: Routine, liveness: Liveness): number {
  return Math.max(0, ...[...placeRegions(routine, liveness).values()].map((offset) => -offset));
}

function placeRegions(routine: Routine, liveness: Liveness): ReadonlyMap<Value, number> {
  const placed: { top: number; bottom: number; lives: readonly Range[] }[] = [];
  const offsets = new Map<Value, number>();
  for (const [region, own] of livesOfRegions(routine, liveness)) {
    if (region.op.kind !== "frame") continue;
    const size = Math.ceil(region.op.sizeBytes / 8) * 8;
    const inTheWay = placed.filter((other) => overlap(own, other.lives));
    const top = firstGap(inTheWay, size);
    placed.push({ top, bottom: top + size, lives: own });
    offsets.set(region, -(top + size));
  }
  return offsets;
}

/** The lowest distance from the top of the frame where `size` bytes are free. */
function firstGap(taken: readonly { top: number; bottom: number }[], size: number): number {
  let top = 0;
  for (const other of [...taken].sort((a, b) => a.top - b.top)) {
    if (top + size <= other.top) break;
    top = Math.max(top, other.bottom);
  }
  return top;
}

function overlap(a: readonly Range[], b: readonly Range[]): boolean {
  return a.some((one) => b.some((other) => one.start <= other.end && other.start <= one.end));
}

/** From where a region is written whole to where it is last read; and as long as a pointer into it lives. */
function livesOfRegions(routine: Routine, { ranges, positions, starts, ends }: Liveness): Map<Value, Range[]> {
  const liveOut = liveAtEnds(routine, { has: isRegion, writtenBy: writtenWhole });
  const lives = new Map<Value, Range[]>();
  for (const { body } of routine.blocks) for (const value of body) if (isRegion(value)) lives.set(value, []);

  for (const block of routine.blocks) {
    const open = new Map<Value, number>();
    const close = (region: Value, start: number) => {
      const end = open.get(region) ?? start;
      open.delete(region);
      lives.get(region)!.push({ start, end });
    };
    for (const region of liveOut.get(block)!) open.set(region, ends.get(block)! + 1);
    for (const region of regionsIn(operandsOfEnd(block.end!)))
      if (!open.has(region)) open.set(region, ends.get(block)!);
    for (const value of block.body.toReversed()) {
      const at = positions.get(value)!;
      const written = writtenWhole(value);
      if (written !== undefined) close(written, at);
      for (const region of regionsIn(value.operands))
        if (region !== written && !open.has(region)) open.set(region, at + 1);
    }
    for (const region of [...open.keys()]) close(region, starts.get(block)!);
  }
  for (const [region, pointers] of derivedPointers(routine.blocks)) {
    for (const pointer of pointers) lives.get(region)!.push(...(ranges.get(pointer) ?? []));
  }
  return lives;
}

function isRegion({ op }: Value): boolean {
  return op.kind === "frame";
}

function regionsIn(operands: readonly Value[]): Value[] {
  return operands.filter(isRegion);
}

/** The region that holds nothing from before once `value` is done. */
function writtenWhole(value: Value): Value | undefined {
  const { op, operands } = value;
  if (op.kind === "frame") return value;
  const [region] = operands;
  if (op.kind !== "store" && op.kind !== "zero") return undefined;
  if (region?.op.kind !== "frame" || op.offset !== 0 || op.sizeBytes < region.op.sizeBytes) return undefined;
  return region;
}

/** Pointers that are computed from a region's address. */
function derivedPointers(blocks: readonly Block[]): Map<Value, Set<Value>> {
  const origins = new Map<Value, Set<Value>>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const { phis, body } of blocks) {
      for (const value of [...phis, ...body]) {
        if (!["phi", "alu", "materialize", "coreAddress"].includes(value.op.kind)) continue;
        const known = origins.get(value) ?? new Set<Value>();
        const before = known.size;
        for (const operand of value.operands) {
          const sources = operand.op.kind === "frame" ? [operand] : (origins.get(operand) ?? []);
          for (const source of sources) known.add(source);
        }
        if (known.size > before) {
          origins.set(value, known);
          changed = true;
        }
      }
    }
  }
  const derived = new Map<Value, Set<Value>>();
  for (const [pointer, sources] of origins) {
    for (const source of sources) derived.set(source, (derived.get(source) ?? new Set()).add(pointer));
  }
  return derived;
}
