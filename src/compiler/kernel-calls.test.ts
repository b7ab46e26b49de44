/** Functions of the kernel that a module declares, and the kernel's own counting. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readBtf } from "../btf/index.ts";
import { collectionFromElf, elfFromCollection } from "../elf/index.ts";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compileText, wordsOf } from "./compile.testing.ts";
import { compile } from "./index.ts";

const imports = `import { arrayMap, exists, type KernelStruct, rawTracepoint, struct, u64, type i32, xdp } from "tarsier/program";
interface task_struct extends KernelStruct { readonly pid: i32 }
declare function bpf_task_from_pid(pid: i32): task_struct | null;
declare function bpf_task_release(task: task_struct): void;
declare function bpf_function_of_later(task: task_struct, flags: u64): i32;
const Out = struct({ words: u64, more: u64 });
export const result = arrayMap({ value: Out, maxEntries: 1 });
`;
const build = (text: string) => compile({ entry: "test.ts", readFile: () => imports + text });

const find = `
  export const run = xdp(() => {
    const out = result.get(0);
    if (out === null) return xdp.aborted;
    const task = bpf_task_from_pid(${process.pid});
    if (task === null) return xdp.drop;
    out.words = u64(task.pid);
    bpf_task_release(task);
    if (exists(bpf_function_of_later)) out.more = 1n;
    if (exists(bpf_task_release)) out.words += 10n;
    return xdp.pass;
  });`;

test("a call of a function of the kernel goes by its name, with its type", () => {
  const spec = build(find);
  const [program] = spec.programs;
  assert.deepEqual(
    program!.kernelFunctions?.map(({ name, weak }) => [name, weak]),
    [
      ["bpf_task_from_pid", false],
      ["bpf_task_release", true],
    ],
  );
  const types = readBtf(spec.btf);
  const type = types.type(types.find("bpf_task_from_pid", "func")!);
  assert.ok(type.kind === "func");
  const prototype = types.type(type.type);
  assert.ok(prototype.kind === "funcProto");
  const result = types.type(prototype.returns);
  assert.ok(result.kind === "ptr");
  const task = types.type(result.type);
  assert.ok(task.kind === "struct" && task.name === "task_struct");
});

kernelTest("functions of the kernel are called, and asked for", () => {
  const collection = loadCollection(build(find));
  try {
    assert.equal(testRun(collection.program("run"), { data: new Uint8Array(64) }).returnValue, 2);
    const value = collection.map("result").get(new Uint8Array(4))!;
    const view = new DataView(value.buffer, value.byteOffset);
    assert.deepEqual([view.getBigUint64(0, true), view.getBigUint64(8, true)], [BigInt(process.pid) + 10n, 0n]);
  } finally {
    collection.close();
  }
});

kernelTest("what is called where it is there is not called where it is not", () => {
  const guarded = build(`
    export const run = xdp(() => {
      const task = bpf_task_from_pid(${process.pid});
      if (task === null) return xdp.drop;
      let verdict = 1;
      if (exists(bpf_function_of_later) && bpf_function_of_later(task, 0n) > 0) verdict = 3;
      bpf_task_release(task);
      return verdict === 1 ? xdp.pass : xdp.drop;
    });`);
  const collection = loadCollection(guarded);
  try {
    assert.equal(testRun(collection.program("run"), { data: new Uint8Array(64) }).returnValue, 2);
  } finally {
    collection.close();
  }
});

kernelTest("numbers goes through as many turns as it is told when it runs", () => {
  const body = "for (const index of numbers(u32(a), u32(b))) { out.words[0] += u64(index); out.words[1] += 1n; }";
  for (const [from, to] of [
    [0n, 0n],
    [3n, 7n],
    [7n, 3n],
    [0n, 100_000n],
  ] as const) {
    let [sum, turns] = [0n, 0n];
    for (let index = from; index < to; index++) [sum, turns] = [sum + index, turns + 1n];
    assert.deepEqual(wordsOf({ body, args: [from, to, 0n] }, 2), [sum, turns]);
  }
});

kernelTest("every way out of numbers gives back what the kernel counts with", () => {
  const before = `
    function firstAbove(from: u32, to: u32, least: u32): u32 {
      for (const index of numbers(from, to)) if (index > least) return index;
      return 0;
    }
    function isAbove(from: u32, to: u32, least: u32): boolean {
      for (const index of numbers(from, to)) if (index > least) return index > 5;
      return false;
    }`;
  const body = `
    out.words[0] = u64(firstAbove(0, u32(b), 4));
    out.words[1] = isAbove(0, u32(b), 4) ? 1n : 2n;
    if (isAbove(0, u32(b), 7)) out.words[1] += 10n;
    outer: for (const one of numbers(0, u32(b))) {
      for (const other of numbers(0, 4)) {
        if (other === 1) continue;
        if (other === 3) break;
        if (one === 2) continue outer;
        if (one === 5) break outer;
        out.words[2] += u64(one * 10 + other);
      }
      out.words[3] += 1n;
    }`;
  assert.deepEqual(wordsOf({ body, before, args: [0n, 9n, 0n] }, 4), [5n, 12n, 168n, 4n]);
});

test("an object of it says the same", () => {
  const again = collectionFromElf(elfFromCollection(build(find)), "again");
  const names = again.programs[0]!.kernelFunctions?.map(({ name, weak }) => [name, weak]);
  assert.deepEqual(
    names,
    build(find).programs[0]!.kernelFunctions?.map(({ name, weak }) => [name, weak]),
  );
});

test("numbers takes two numbers", () => {
  const text = 'export const run = rawTracepoint("sys_enter", () => { for (const index of numbers(4)) return; });';
  assert.throws(() => compileText(text), /numbers takes two numbers/);
});
