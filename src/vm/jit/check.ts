/** The check of a pointer, as every compiled program carries it with it. */

import { faults } from "../faults.ts";
import { cells, objectIndexes, objectRowBytes, objectTableAt, row } from "../layout.ts";
import type { FunctionType } from "./module.ts";
import { type Code, code } from "./wasm.ts";

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
  // Or the one member of the context that may be written behind its front.
  out.get(pointer);
  out.i64(32, 0);
  out.op("i64.shr_u");
  out.i64(objectIndexes.context, 0);
  out.op("i64.eq");
  out.get(kind);
  out.i32(checkKinds.store);
  out.op("i32.eq", "i32.and");
  out.get(pointer);
  out.op("i32.wrap_i64");
  out.i32(0);
  out.memory("i32.load", cells.writableFrom);
  out.op("i32.ge_u", "i32.and");
  out.get(pointer);
  out.op("i32.wrap_i64");
  out.get(bytes);
  out.op("i32.add");
  out.i32(0);
  out.memory("i32.load", cells.writableTo);
  out.op("i32.le_u", "i32.and");
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
