/** Functions that every compiled program carries with it: the check of a pointer, stack frames, look-ups. */

import { faults } from "../faults.ts";
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
import { element, header, valueOffset } from "../maps/hash-layout.ts";
import type { ArrayPlace, HashPlace, SandboxMap } from "../maps/map.ts";
import { type Code, code, type FunctionType } from "./wasm.ts";

/** What an access is for, as `check` is told. */
export const checkKinds = { load: 0, store: 1, quiet: 2 } as const;

/** Globals that `check` leaves the object's first pointer in, and behind how many bytes a load and a store do not fit. */
export const globals = { first: 0, limit: 1, writeLimit: 2 } as const;

/** (pointer, bytes, slot, kind) → whether the access is right; if not, and not quiet, the cells say why. */
export const checkType: FunctionType = { parameters: ["i64", "i32", "i32", "i32"], results: ["i32"] };

/** Pushes the address of the row that belongs to the pointer in `pointer`, relative to the table. */
export function pushRow(out: Code, pointer: number, capacity: number): void {
  out.get(pointer);
  out.i64(28, 0);
  out.op("i64.shr_u", "i32.wrap_i64");
  out.i32((capacity - 1) * objectRowBytes);
  out.op("i32.and");
}

export function checkFunction(capacity: number): Code {
  const [pointer, bytes, slot, kind] = [0, 1, 2, 3];
  const out = code(4);
  const at = out.local("i32");
  const length = out.local("i64");
  const first = out.local("i64");
  pushRow(out, pointer, capacity);
  out.tee(at);
  out.memory("i64.load", objectTableAt + row.first);
  out.set(first);
  out.get(first);
  out.globalSet(globals.first);
  for (const [field, limit] of [
    [row.length, globals.limit],
    [row.writable, globals.writeLimit],
  ] as const) {
    // The length less the bytes of the access, and one more; nothing fits what is too short.
    out.get(at);
    out.memory("i64.load32_u", objectTableAt + field);
    out.i64(1, 0);
    out.op("i64.add");
    out.get(bytes);
    out.op("i64.extend_i32_u", "i64.sub");
    out.tee(length);
    out.i64(0, 0);
    out.get(length);
    out.i64(0, 0);
    out.op("i64.gt_s", "select");
    out.globalSet(limit);
  }
  out.get(pointer);
  out.get(first);
  out.op("i64.sub");
  // A store may reach what is writable, everything else the whole length.
  out.globalGet(globals.writeLimit);
  out.globalGet(globals.limit);
  out.get(kind);
  out.i32(checkKinds.store);
  out.op("i32.eq", "select", "i64.lt_u");
  out.if();
  out.i32(1);
  out.op("return");
  out.close();
  out.get(kind);
  out.i32(checkKinds.quiet);
  out.op("i32.eq");
  out.if();
  out.i32(0);
  out.op("return");
  out.close();
  // Not writable, but there: the object may only be read.
  cell(out, cells.status, () => {
    out.i32(faults.readOnly);
    out.i32(faults.store);
    out.i32(faults.load);
    out.get(kind);
    out.op("select");
    out.get(kind);
    out.get(pointer);
    out.get(first);
    out.op("i64.sub");
    out.get(at);
    out.memory("i64.load32_u", objectTableAt + row.length);
    out.get(bytes);
    out.op("i64.extend_i32_u", "i64.sub", "i64.le_u");
    out.get(bytes);
    out.get(at);
    out.memory("i32.load", objectTableAt + row.length);
    out.op("i32.le_s", "i32.and", "i32.and", "select");
  });
  cell(out, cells.faultSlot, () => out.get(slot));
  out.i32(0);
  out.get(pointer);
  out.memory("i64.store", cells.faultAddress);
  cell(out, cells.faultBytes, () => out.get(bytes));
  out.i32(0);
  return out;
}

/** Writes a cell of 32 bits. */
export function cell(out: Code, address: number, push: () => void): void {
  out.i32(0);
  push();
  out.memory("i32.store", address);
}

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

/** (address of the key) → pointer to the value, 0 for none. */
export const lookupType: FunctionType = { parameters: ["i32"], results: ["i64"] };

/** A look-up in a map that lies in memory as its `place` says. */
export function lookupFunction({ spec, place }: SandboxMap): Code {
  return place?.kind === "array" ? arrayLookup(place) : hashLookup(place as HashPlace, spec.keySizeBytes);
}

function arrayLookup({ count, objects, firstAddress, strideBytes }: ArrayPlace): Code {
  const out = code(1);
  const index = out.local("i32");
  out.get(0);
  out.memory("i32.load");
  out.tee(index);
  out.i32(count);
  out.op("i32.lt_u");
  out.if("i64");
  out.get(index);
  out.op("i64.extend_i32_u");
  // The next value has the next handle, and lies a stride further.
  out.i64(strideBytes, 1);
  out.op("i64.mul");
  out.i64(firstAddress, objects.firstIndex);
  out.op("i64.add", "else");
  out.i64(0, 0);
  out.close();
  return out;
}

/** `hashOf` of hash-layout.ts, unrolled for the key, and a walk along the bucket. */
function hashLookup({ headerAddress, leastRecentlyUsed }: HashPlace, keySizeBytes: number): Code {
  const out = code(1);
  const key = 0;
  const hash = out.local("i32");
  const at = out.local("i32");
  const mixIn = (load: "i32.load" | "i32.load8_u", offset: number) => {
    out.get(hash);
    out.get(key);
    out.memory(load, offset);
    out.op("i32.xor");
    out.i32(0x9e3779b1 | 0);
    out.op("i32.mul");
    out.i32(13);
    out.op("i32.rotl");
    out.set(hash);
  };
  out.i32(0);
  out.memory("i32.load", headerAddress + header.seed);
  out.i32(keySizeBytes);
  out.op("i32.xor");
  out.set(hash);
  const pieces = piecesOf(keySizeBytes);
  let offset = 0;
  for (; offset + 4 <= keySizeBytes; offset += 4) mixIn("i32.load", offset);
  for (; offset < keySizeBytes; offset++) mixIn("i32.load8_u", offset);
  shiftedXor(out, hash, 15);
  out.i32(0x85ebca6b | 0);
  out.op("i32.mul");
  out.set(hash);
  shiftedXor(out, hash, 13);
  out.tee(hash);
  out.i32(0);
  out.memory("i32.load", headerAddress + header.bucketMask);
  out.op("i32.and");
  out.i32(2);
  out.op("i32.shl");
  out.i32(0);
  out.memory("i32.load", headerAddress + header.buckets);
  out.op("i32.add");
  out.memory("i32.load");
  out.set(at);
  const none = out.block();
  const walk = out.loop();
  out.get(at);
  out.op("i32.eqz");
  out.brIf(none);
  const next = out.block();
  out.get(at);
  out.memory("i32.load", element.hash);
  out.get(hash);
  out.op("i32.ne");
  out.brIf(next);
  for (const piece of pieces) {
    out.get(at);
    out.memory(piece.load, element.key + piece.offset);
    out.get(key);
    out.memory(piece.load, piece.offset);
    out.op(piece.load.startsWith("i64") ? "i64.ne" : "i32.ne");
    out.brIf(next);
  }
  if (leastRecentlyUsed) {
    out.get(at);
    out.i32(1);
    out.memory("i32.store", element.referenced);
  }
  out.get(at);
  out.memory("i64.load32_u", element.handle);
  out.i64(32, 0);
  out.op("i64.shl");
  out.get(at);
  out.i32(valueOffset(keySizeBytes));
  out.op("i32.add", "i64.extend_i32_u", "i64.or", "return");
  out.close();
  out.get(at);
  out.memory("i32.load", element.next);
  out.set(at);
  out.br(walk);
  out.close();
  out.close();
  out.i64(0, 0);
  return out;
}

function shiftedXor(out: Code, local: number, bits: number): void {
  out.get(local);
  out.get(local);
  out.i32(bits);
  out.op("i32.shr_u", "i32.xor");
}

/** A key in as few loads as there are. */
function piecesOf(
  keySizeBytes: number,
): { load: "i64.load" | "i32.load" | "i32.load16_u" | "i32.load8_u"; offset: number }[] {
  const pieces: ReturnType<typeof piecesOf> = [];
  const steps = [
    { load: "i64.load", sizeBytes: 8 },
    { load: "i32.load", sizeBytes: 4 },
    { load: "i32.load16_u", sizeBytes: 2 },
    { load: "i32.load8_u", sizeBytes: 1 },
  ] as const;
  let offset = 0;
  for (const { load, sizeBytes } of steps) {
    for (; offset + sizeBytes <= keySizeBytes; offset += sizeBytes) pieces.push({ load, offset });
  }
  return pieces;
}
