/** `bpf_loop` inside of WebAssembly. */

import { errors } from "../helpers/arguments.ts";
import { mostLoops } from "../helpers/callbacks.ts";
import { callDepthLimit, cells, frameBytes, frameCount } from "../layout.ts";
import { cell } from "./check.ts";
import { emitIfFaulted } from "./host-calls.ts";
import { emitFault, emitMeter, loadFuel, type Translation } from "./translation.ts";

/** `bpf_loop` with a function that is known: a loop that calls it. */
export function emitLoop(translation: Translation, slot: number): boolean {
  const { out, locals, values, indexes } = translation;
  const callback = values.calls.get(slot)![1]!;
  if (callback.kind !== "function") return false;
  const [r0, count, , context, flags] = locals.registers as [number, number, number, number, number];
  const index = out.local("i32");
  const limit = out.local("i32");
  const outerLimit = out.local("i32");
  out.get(count);
  out.op("i32.wrap_i64");
  out.set(limit);
  const done = out.block();
  const answer = (condition: () => void, result: number) => {
    condition();
    out.if();
    out.i64(result, result >> 31);
    out.set(r0);
    out.br(done);
    out.close();
  };
  answer(() => {
    out.get(flags);
    out.op("i64.eqz", "i32.eqz");
  }, errors.invalid);
  answer(() => {
    out.get(limit);
    out.i32(mostLoops);
    out.op("i32.gt_u");
  }, errors.tooBig);
  out.i32(0);
  out.set(index);
  out.i32(0);
  out.memory("i32.load", cells.depthLimit);
  out.set(outerLimit);
  const pushDepth = () => {
    out.get(locals.depth);
    out.i32(1);
    out.op("i32.add");
  };
  cell(out, cells.depthLimit, () => {
    // As many calls again as a program has, while there are frames.
    pushDepth();
    out.i32(callDepthLimit);
    out.op("i32.add");
    out.i32(frameCount);
    pushDepth();
    out.i32(frameCount - callDepthLimit);
    out.op("i32.lt_s", "select");
  });
  const end = out.block();
  const again = out.loop();
  out.get(index);
  out.get(limit);
  out.op("i32.ge_u");
  out.brIf(end);
  emitMeter(translation, 1, slot);
  pushDepth();
  out.i32(frameCount);
  out.op("i32.ge_s");
  out.if();
  emitFault(translation, "depth", slot);
  out.close();
  cell(out, cells.fuel, () => out.get(locals.fuel));
  out.get(index);
  out.op("i64.extend_i32_u");
  out.get(context);
  for (let register = 3; register <= 5; register++) out.i64(0, 0);
  out.get(locals.frame);
  out.i32(frameBytes);
  out.op("i32.add");
  pushDepth();
  out.call(indexes.functions.get(callback.slot)!);
  out.set(r0);
  emitIfFaulted(translation);
  loadFuel(translation);
  out.get(index);
  out.i32(1);
  out.op("i32.add");
  out.set(index);
  out.get(r0);
  out.op("i64.eqz");
  out.brIf(again);
  out.close();
  out.close();
  cell(out, cells.depthLimit, () => out.get(outerLimit));
  out.get(index);
  out.op("i64.extend_i32_u");
  out.set(r0);
  out.close();
  return true;
}
