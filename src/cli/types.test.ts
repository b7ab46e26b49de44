import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { createBtfBuilder } from "../btf/index.ts";
import { directoryWith, tarsier } from "./tarsier.testing.ts";

function types(): Uint8Array {
  const btf = createBtfBuilder();
  const type = btf.add({ kind: "int", name: "int", sizeBytes: 4, encoding: "signed" });
  btf.add({ kind: "struct", name: "turtle", sizeBytes: 4, members: [{ name: "legs", type, bitOffset: 0 }] });
  return btf.encode();
}

test("named types of a file are written as a module", (context) => {
  const directory = directoryWith(context, { "zoo.btf": types() });
  const { status, stdout } = tarsier(directory, ["types", "--btf", "zoo.btf", "turtle"]);
  assert.equal(status, 0);
  assert.match(stdout, /^export interface turtle extends KernelStruct \{\n {2}readonly legs: i32;\n\}$/m);
});

test("a name that is not there leads to those that are near", (context) => {
  const directory = directoryWith(context, { "zoo.btf": types() });
  assert.deepEqual(tarsier(directory, ["types", "--btf", "zoo.btf", "turtel"]), {
    status: 1,
    stdout: "",
    stderr: "tarsier: zoo.btf has no type turtel\n",
  });
  assert.match(tarsier(directory, ["types", "--btf", "zoo.btf", "turtl"]).stderr, /is it turtle\?\n$/);
});

test("a file that is no BTF is one line, and exit code 1", (context) => {
  const directory = directoryWith(context, { "bad.btf": "hello", "short.btf": types().subarray(0, 30) });
  for (const name of ["bad.btf", "short.btf", "absent.btf"]) {
    const { status, stderr } = tarsier(directory, ["types", "--btf", name, "turtle"]);
    assert.equal(status, 1, name);
    assert.match(stderr, new RegExp(`^tarsier: --btf ${name}: .*\\n$`));
  }
});

test("without a name there is help, with examples", (context) => {
  const { status, stdout } = tarsier(directoryWith(context, {}), ["types"]);
  assert.equal(status, 0);
  assert.match(stdout, /Examples\n {2}tarsier types task_struct/);
});

const kernel = "/sys/kernel/btf/vmlinux";
test("types of the running kernel", { skip: existsSync(kernel) ? false : `no ${kernel}` }, (context) => {
  const directory = directoryWith(context, {});
  assert.match(tarsier(directory, ["types", "task_struct"]).stdout, /^export interface task_struct extends/m);
  assert.match(tarsier(directory, ["types", "task_strct"]).stderr, /has no type task_strct; is it task_struct/);
});
