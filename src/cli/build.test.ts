import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collectionFromElf } from "../elf/index.ts";
import { directoryWith, smallProgram, tarsier } from "./tarsier.testing.ts";

test("an object holds the programs and maps of the module", (context) => {
  const directory = directoryWith(context, { "small.ts": smallProgram });
  assert.deepEqual(tarsier(directory, ["build", "small.ts", "-o", "small.o"]), { status: 0, stdout: "", stderr: "" });
  const spec = collectionFromElf(readFileSync(join(directory, "small.o")), "small.o");
  assert.deepEqual(
    spec.programs.map(({ name, hook }) => [name, hook]),
    [["forked", { kind: "tpBtf", target: "sched_process_fork" }]],
  );
  assert.deepEqual(
    spec.maps.map(({ name, type }) => [name, type]),
    [["totals", "hash"]],
  );
});

test("a pass is printed under the name of its program; all of them in their order", (context) => {
  const directory = directoryWith(context, { "small.ts": smallProgram });
  const { stdout } = tarsier(directory, ["build", "small.ts", "--print=emit"]);
  assert.match(stdout, /^--- forked: emit\n {4}0: /);
  const all = tarsier(directory, ["build", "small.ts", "--print=all"]).stdout;
  assert.deepEqual(
    [...all.matchAll(/^--- forked: (\w+)$/gm)].map(([, pass]) => pass),
    ["lower", "simplify", "forget", "shape", "allocate", "emit"],
  );
});

test("what cannot be built leaves nothing", (context) => {
  const directory = directoryWith(context, {
    "wrong.ts": smallProgram.replace("atomic.add", "eval"),
    "small.ts": smallProgram,
  });
  const { status, stderr } = tarsier(directory, ["build", "wrong.ts", "-o", "wrong.o"]);
  assert.equal(status, 1);
  assert.match(stderr, /^tarsier: wrong\.ts:9:3: .*\n {3}9 \| {3}eval/);
  assert.equal(existsSync(join(directory, "wrong.o")), false);
  const unwritable = tarsier(directory, ["build", "small.ts", "-o", "/nowhere/at/all.o"]);
  assert.equal(unwritable.status, 1);
  assert.match(unwritable.stderr, /^tarsier: -o \/nowhere\/at\/all\.o: cannot be written \(ENOENT\)\n$/);
});

test("a wrong call is exit code 2", (context) => {
  const directory = directoryWith(context, { "small.ts": smallProgram });
  for (const parameters of [[], ["small.ts", "--print=nothing"], ["a.ts", "b.ts", "-o", "c.o"]]) {
    assert.equal(tarsier(directory, ["build", ...parameters]).status, 2, parameters.join(" "));
  }
});
