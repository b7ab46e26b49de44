/** Opening and closing stack frames, as every compiled program carries it with it: see frames.ts. */

import {
  cells,
  frameBytes,
  framesAt,
  indexBits,
  objectIndexes,
  objectRowBytes,
  objectTableAt,
  row,
} from "../layout.ts";
import { cell } from "./check.ts";
import type { FunctionType } from "./module.ts";
import { type Code, code } from "./wasm.ts";

/** (depth) → r10 of a frame that is opened there: `openFrame` of frames.ts. */
export const openFrameType: FunctionType = { parameters: ["i32"], results: ["i64"] };

export function openFrameFunction(): Code {
  const depth = 0;
  const out = code(1);
  const generation = out.local("i32");
  const at = out.local("i32");
  const handle = out.local("i32");
  countFrame(out, generation);
  out.get(generation);
  out.i32(indexBits);
  out.op("i32.shl");
  out.get(depth);
  out.i32(objectIndexes.frames);
  out.op("i32.add", "i32.or");
  out.set(handle);
  out.get(depth);
  out.i32(objectRowBytes);
  out.op("i32.mul");
  out.set(at);
  const rowsAt = objectTableAt + objectIndexes.frames * objectRowBytes;
  const put = (field: number, push: () => void) => {
    out.get(at);
    push();
    out.memory("i32.store", rowsAt + field);
  };
  const pushStart = () => {
    out.get(depth);
    out.i32(frameBytes);
    out.op("i32.mul");
    out.i32(framesAt);
    out.op("i32.add");
  };
  put(row.first, pushStart);
  put(row.handle, () => out.get(handle));
  put(row.length, () => out.i32(frameBytes));
  put(row.writable, () => out.i32(frameBytes));
  pushStart();
  out.i32(0);
  out.i32(frameBytes);
  out.fill();
  out.get(handle);
  out.op("i64.extend_i32_u");
  out.i64(32, 0);
  out.op("i64.shl");
  pushStart();
  out.i32(frameBytes);
  out.op("i32.add", "i64.extend_i32_u", "i64.or");
  return out;
}

/** Counts a frame; its number is left in `generation`. */
export function countFrame(out: Code, generation: number): void {
  out.i32(0);
  out.memory("i32.load", cells.frameGeneration);
  out.i32(1);
  out.op("i32.add");
  out.set(generation);
  cell(out, cells.frameGeneration, () => out.get(generation));
}

export const closeFrameType: FunctionType = { parameters: ["i32"], results: [] };

export function closeFrameFunction(): Code {
  const out = code(1);
  for (const field of [row.length, row.writable]) {
    out.get(0);
    out.i32(objectRowBytes);
    out.op("i32.mul");
    out.i32(0);
    out.memory("i32.store", objectTableAt + objectIndexes.frames * objectRowBytes + field);
  }
  return out;
}
