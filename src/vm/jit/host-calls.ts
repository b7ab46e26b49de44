/** What calls have in common, and those of the host: through the registers of the machine. */

import { cells, registersAt } from "../layout.ts";
import { cell } from "./check.ts";
import { emitFailure, loadFuel, type Translation } from "./translation.ts";

export function emitHostCall(translation: Translation, slot: number, name: string): void {
  const { out, locals, indexes } = translation;
  storeArguments(translation);
  cell(out, cells.fuel, () => out.get(locals.fuel));
  out.call(indexes.host.get(name)!);
  emitIfFaulted(translation, () => {
    // What a callback did before counts.
    out.i32(0);
    out.memory("i32.load", cells.faultSlot);
    out.i32(-1);
    out.op("i32.eq");
    out.if();
    cell(out, cells.faultSlot, () => out.i32(slot));
    out.close();
  });
  out.i32(0);
  out.memory("i64.load", registersAt);
  out.set(locals.registers[0]!);
  loadFuel(translation);
}

export function storeArguments({ out, locals }: Translation): void {
  for (let register = 1; register <= 5; register++) {
    out.i32(0);
    out.get(locals.registers[register]!);
    out.memory("i64.store", registersAt + 8 * register);
  }
  cell(out, cells.depth, () => {
    out.get(locals.depth);
    out.i32(1);
    out.op("i32.add");
  });
}

export function emitIfFaulted(translation: Translation, first?: () => void): void {
  const { out } = translation;
  out.i32(0);
  out.memory("i32.load", cells.status);
  out.if();
  first?.();
  emitFailure(translation);
  out.close();
}

export function clearArguments({ out, locals }: Translation): void {
  for (let register = 1; register <= 5; register++) {
    out.i64(0, 0);
    out.set(locals.registers[register]!);
  }
}
