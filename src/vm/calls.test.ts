/** Calls in both engines: of the program's own functions, by number and by register. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { programOf } from "./code.testing.ts";

const engines = ["interpreter", "wasm"] as const;

function results(text: string): readonly string[] {
  return engines.map((engine) => {
    try {
      return String(programOf(text, { engine }).call());
    } catch (error) {
      return (error as Error).message;
    }
  });
}

const both = (result: string) => [result, result];

test("a function gets r1 to r5, gives r0, and leaves r6 to r9 as they were", () => {
  const text = `
    mov %r6, 5
    mov %r1, 3
    call local +3
    add %r0, %r6
    add %r0, %r1
    exit
    mov %r6, 100
    mov %r0, %r1
    lsh %r0, 4
    exit`;
  // What was in r1 is gone after the call.
  assert.deepEqual(results(text), both("53"));
});

test("a register calls the function whose address it holds, or the helper whose number", () => {
  const function_ = "lddw code_addr %r3, +4\ncall %r3\nadd %r0, 1\nexit\nmov %r0, 41\nexit";
  assert.deepEqual(results(function_), both("42"));
  const helper = "mov %r3, 8\ncall %r3\nadd %r0, 1\nexit";
  assert.deepEqual(results(helper), both("1"));
});

test("what is no function is not called", () => {
  assert.deepEqual(
    results("mov %r6, %r10\ncall %r6\nexit"),
    both(`run, instruction 1: calls stack+0 (it has 512 bytes), which is no function`),
  );
  assert.deepEqual(results("mov %r6, 0\ncall %r6\nexit"), both("run, instruction 1: calls null, which is no function"));
});

test("functions may call one another eight deep", () => {
  const nested = (depth: number) => `
    mov %r1, ${depth}
    call local +1
    exit
    mov %r0, 0
    jeq %r1, 0, +3
    add %r1, -1
    call local -4
    add %r0, 1
    exit`;
  assert.deepEqual(results(nested(6)), both("6"));
  assert.match(results(nested(7))[0]!, /calls deeper than 8 functions/);
  assert.equal(...(results(nested(7)) as [string, string]));
});
