/** One function of a program as a WebAssembly function: structured control flow, and its instructions in `instructions.ts`. */

import { mayGotoOpcode } from "../../isa/jump.ts";
import { frameBytes, objectIndexes, objectRowBytes, objectTableAt, row } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";
import { accessesOf } from "./access.ts";
import { countFrame } from "./frame-functions.ts";
import { graphOf } from "./graph.ts";
import { dispatched, structured } from "./structure.ts";
import { type FunctionLocals, loadFuel, programType, type Translation } from "./translation.ts";
import { valuesOf } from "./values.ts";
import { type Code, code } from "./wasm.ts";

/** Translates the function that begins at `start`. */
export function translateFunction(
  program: LinkedProgram,
  start: number,
  options: Pick<Translation, "tier" | "objectCapacity" | "indexes">,
): Code {
  const graph = graphOf(program, start);
  const values = valuesOf(program, graph);
  const out = code(programType.parameters.length);
  const r0 = out.local("i64");
  const saved = [6, 7, 8, 9].map(() => out.local("i64"));
  const r10 = out.local("i64");
  const locals: FunctionLocals = {
    registers: [r0, 0, 1, 2, 3, 4, ...saved, r10],
    frame: 5,
    depth: 6,
    fuel: out.local("i32"),
    enough: out.local("i32"),
    pointer: out.local("i64"),
    distance: out.local("i64"),
    word: out.local("i32"),
  };
  const goesBack = graph.blocks.some((block) =>
    block.successors.some((next) => next >= 0 && graph.blocks[next]!.first < block.end),
  );
  const translation: Translation = {
    ...options,
    program,
    graph,
    values,
    families: accessesOf(program, graph, values, options.tier, out),
    out,
    locals,
    isMetered: goesBack || values.hasCalls || program.opcodes.includes(mayGotoOpcode),
  };
  openFrame(translation);
  if (translation.isMetered) {
    loadFuel(translation);
    out.get(locals.fuel);
    out.i32(1);
    out.op("i32.shr_s");
    out.set(locals.enough);
  }
  if (graph.isReducible) structured(translation);
  else dispatched(translation);
  out.op("unreachable");
  return out;
}

export function openFrame(translation: Translation): void {
  const { out, values, locals, indexes, tier } = translation;
  if (values.frameEscapes) {
    if (tier === "exact") {
      out.get(locals.depth);
      out.call(indexes.openFrame);
    } else {
      showFrame(translation);
    }
    out.set(locals.registers[10]!);
    return;
  }
  if (tier !== "exact") return;
  countFrame(out, locals.word);
  const lowest = Math.floor(values.lowestFrameOffset / 8) * 8;
  if (lowest < -64) {
    out.get(locals.frame);
    out.i32(frameBytes + lowest);
    out.op("i32.add");
    out.i32(0);
    out.i32(-lowest);
    out.fill();
  } else {
    for (let offset = lowest; offset < 0; offset += 8) {
      out.get(locals.frame);
      out.i64(0, 0);
      out.memory("i64.store", frameBytes + offset);
    }
  }
}

/** Pushes r10 of a frame that helpers must find, but nothing checks: it keeps the generation that its row has. */
function showFrame({ out, locals }: Translation): void {
  const rowsAt = objectTableAt + objectIndexes.frames * objectRowBytes;
  out.get(locals.depth);
  out.i32(objectRowBytes);
  out.op("i32.mul");
  out.tee(locals.word);
  out.i64(frameBytes, frameBytes);
  out.memory("i64.store", rowsAt + row.length);
  out.get(locals.word);
  out.memory("i64.load32_u", rowsAt + row.handle);
  out.i64(32, 0);
  out.op("i64.shl");
  out.get(locals.frame);
  out.i32(frameBytes);
  out.op("i32.add", "i64.extend_i32_u", "i64.or");
}
