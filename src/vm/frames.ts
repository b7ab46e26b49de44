/** Stack frames: each function that runs has one, an object of its own that is gone when the function returns. */

import { cells, frameBytes, framesAt, indexBits, objectIndexes, objectRowBytes, objectTableAt, row } from "./layout.ts";
import type { Machine } from "./machine.ts";

const rowOf = (depth: number) => (objectTableAt + (objectIndexes.frames + depth) * objectRowBytes) >> 2;

/** Opens the frame at `depth`, zero, under a generation of its own; returns the upper half of pointers into it. */
export function openFrame({ i32, u8 }: Pick<Machine, "i32" | "u8">, depth: number): number {
  const generation = i32[cells.frameGeneration >> 2]! + 1;
  i32[cells.frameGeneration >> 2] = generation;
  const handle = (generation << indexBits) | (objectIndexes.frames + depth);
  const address = frameStart(depth);
  const at = rowOf(depth);
  i32[at] = address;
  i32[at + (row.handle >> 2)] = handle;
  i32[at + (row.length >> 2)] = frameBytes;
  i32[at + (row.writable >> 2)] = frameBytes;
  u8.fill(0, address, address + frameBytes);
  return handle;
}

/** Closes it: pointers into it are stale. */
export function closeFrame({ i32 }: Pick<Machine, "i32">, depth: number): void {
  i32[rowOf(depth) + (row.length >> 2)] = 0;
  i32[rowOf(depth) + (row.writable >> 2)] = 0;
}

export const frameStart = (depth: number): number => framesAt + depth * frameBytes;

/** Where r10 of that frame points to: behind its last byte. */
export const frameEnd = (depth: number): number => framesAt + (depth + 1) * frameBytes;
