/** Atomic operations of compiled programs. One program runs at a time: a load and a store have nothing between them. */

import { compareExchangeCode, exchangeCode, fetchFlag, loadAcquireCode, storeReleaseCode } from "../../isa/atomic.ts";
import { faults } from "../faults.ts";
import { cells } from "../layout.ts";
import { emitAddress, pushPointer } from "./access.ts";
import { cell } from "./check.ts";
import { emitFailure, type Translation } from "./translation.ts";
import type { MemoryInstruction, PlainInstruction } from "./wasm.ts";

const operations: Readonly<Record<number, PlainInstruction>> = {
  0: "i64.add",
  64: "i64.or",
  80: "i64.and",
  160: "i64.xor",
};

const loads: Readonly<Record<number, MemoryInstruction>> = {
  1: "i64.load8_u",
  2: "i64.load16_u",
  4: "i64.load32_u",
  8: "i64.load",
};
const stores: Readonly<Record<number, MemoryInstruction>> = {
  1: "i64.store8",
  2: "i64.store16",
  4: "i64.store32",
  8: "i64.store",
};

/** Emits the atomic instruction at `slot`. */
export function emitAtomic(translation: Translation, slot: number): void {
  const { program, out, locals, values } = translation;
  const access = values.accesses.get(slot)!;
  const imm = program.immediates[slot]!;
  const source = locals.registers[program.src[slot]!]!;
  const size = access.sizeBytes;
  const offset = emitAddress(translation, access);
  out.set(locals.word);
  emitAlignment(translation, slot, offset);
  const load = () => {
    out.get(locals.word);
    out.memory(loads[size]!, offset);
  };
  const store = (push: () => void) => {
    out.get(locals.word);
    push();
    out.memory(stores[size]!, offset);
  };
  if (imm === loadAcquireCode) {
    load();
    out.set(locals.registers[program.dst[slot]!]!);
  } else if (imm === storeReleaseCode) store(() => out.get(source));
  else if (imm === exchangeCode) {
    load();
    out.set(locals.distance);
    store(() => out.get(source));
    out.get(locals.distance);
    out.set(source);
  } else if (imm === compareExchangeCode) {
    const r0 = locals.registers[0]!;
    load();
    out.tee(locals.distance);
    out.get(r0);
    if (size === 4) {
      out.i64(-1, 0);
      out.op("i64.and");
    }
    out.op("i64.eq");
    out.if();
    store(() => out.get(source));
    out.close();
    out.get(locals.distance);
    out.set(r0);
  } else {
    load();
    out.set(locals.distance);
    store(() => {
      out.get(locals.distance);
      out.get(source);
      out.op(operations[imm & ~fetchFlag]!);
    });
    if ((imm & fetchFlag) !== 0) {
      out.get(locals.distance);
      out.set(source);
    }
  }
}

/** Faults unless `word` plus `offset` is a multiple of the size. Of the frame the compiler knows it. */
function emitAlignment(translation: Translation, slot: number, offset: number): void {
  const { out, locals, values, tier } = translation;
  const access = values.accesses.get(slot)!;
  if (tier === "verified" || access.sizeBytes === 1) return;
  out.get(locals.word);
  out.i32(offset);
  out.op("i32.add");
  out.i32(access.sizeBytes - 1);
  out.op("i32.and");
  out.if();
  cell(out, cells.status, () => out.i32(faults.alignment));
  cell(out, cells.faultSlot, () => out.i32(slot));
  out.i32(0);
  pushPointer(translation, access);
  out.memory("i64.store", cells.faultAddress);
  cell(out, cells.faultBytes, () => out.i32(access.sizeBytes));
  emitFailure(translation);
  out.close();
}
