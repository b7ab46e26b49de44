/** Loops around a program: the same run many times, and a run for each packet of a batch. They stay inside WebAssembly. */

import { packetContexts, packetIsWritable } from "../contexts.ts";
import { cells, contextAt, framesAt, objectIndexes, objectTableAt, registersAt, row } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";
import type { ModuleFunction } from "./module.ts";
import { type Code, code } from "./wasm.ts";

/** Bytes of a packet's descriptor in a batch: its linear address, its length. */
const descriptorBytes = 8;

/** `repeat(count, limit)` and `batch(descriptors, count, results, limit)`; both give how many runs they did. */
export function loopFunctions({ spec }: LinkedProgram, target: number): ModuleFunction[] {
  return [
    { type: { parameters: ["i32", "i32"], results: ["i32"] }, code: repeatFunction(target), exported: "repeat" },
    {
      type: { parameters: ["i32", "i32", "i32", "i32"], results: ["i32"] },
      code: batchFunction(spec.hook.kind, target),
      exported: "batch",
    },
  ];
}

function repeatFunction(target: number): Code {
  const [count, limit] = [0, 1];
  const out = code(2);
  const done = out.local("i32");
  const result = out.local("i64");
  const size = out.local("i64");
  out.i32(0);
  out.memory("i64.load", registersAt + 16);
  out.set(size);
  counted(out, done, count, () => {
    setCell(out, cells.fuel, limit);
    callProgram(out, target, () => out.get(size));
    out.set(result);
  });
  out.i32(0);
  out.get(result);
  out.memory("i64.store", registersAt);
  out.get(done);
  return out;
}

function batchFunction(hook: LinkedProgram["spec"]["hook"]["kind"], target: number): Code {
  const [descriptors, count, results, limit] = [0, 1, 2, 3];
  const out = code(4);
  const done = out.local("i32");
  const address = out.local("i32");
  const length = out.local("i32");
  const result = out.local("i64");
  const layout = packetContexts[hook];
  const put = (at: number, push: () => void) => {
    out.i32(0);
    push();
    out.memory("i32.store", at);
  };
  const packetRow = objectTableAt + objectIndexes.packet * 16;
  counted(out, done, count, () => {
    out.get(descriptors);
    out.memory("i32.load");
    out.set(address);
    out.get(descriptors);
    out.memory("i32.load", 4);
    out.set(length);
    const pushEnd = () => {
      out.get(address);
      out.get(length);
      out.op("i32.add");
    };
    put(packetRow + row.first, () => out.get(address));
    put(packetRow + row.length, () => out.get(length));
    put(packetRow + row.writable, () => (packetIsWritable(hook) ? out.get(length) : out.i32(0)));
    if (layout !== undefined && layout.begins !== "other") {
      put(contextAt + layout.start, () => out.get(address));
      put(contextAt + layout.end, pushEnd);
      if (layout.metadata !== undefined) put(contextAt + layout.metadata, () => out.get(address));
      if (layout.length !== undefined) put(contextAt + layout.length, () => out.get(length));
    }
    setCell(out, cells.fuel, limit);
    callProgram(out, target, () => out.i64(layout?.sizeBytes ?? 0, 0));
    out.set(result);
    out.get(results);
    out.get(result);
    out.memory("i64.store32");
    step(out, descriptors, descriptorBytes);
    step(out, results, 4);
  });
  out.get(done);
  return out;
}

/** Does something `count` times, or until the status says that it went wrong; `done` counts. */
function counted(out: Code, done: number, count: number, body: () => void): void {
  const end = out.block();
  const again = out.loop();
  out.get(done);
  out.get(count);
  out.op("i32.ge_u");
  out.brIf(end);
  body();
  out.i32(0);
  out.memory("i32.load", cells.status);
  out.brIf(end);
  step(out, done, 1);
  out.br(again);
  out.close();
  out.close();
}

function step(out: Code, local: number, by: number): void {
  out.get(local);
  out.i32(by);
  out.op("i32.add");
  out.set(local);
}

function setCell(out: Code, at: number, local: number): void {
  out.i32(0);
  out.get(local);
  out.memory("i32.store", at);
}

/** Calls the program with its context, in the first frame. */
function callProgram(out: Code, target: number, pushSize: () => void): void {
  out.i64(contextAt, objectIndexes.context);
  pushSize();
  for (let register = 3; register <= 5; register++) out.i64(0, 0);
  out.i32(framesAt);
  out.i32(0);
  out.call(target);
}
