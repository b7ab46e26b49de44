/** Objects that clang makes of our fixtures load and run here; objects that we make are taken by libbpf (bpftool). */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { Btf } from "../../src/btf/index.ts";
import { comparable } from "../../src/elf/collection.testing.ts";
import { collectionFromElf, elfFromCollection } from "../../src/elf/index.ts";
import { InputError } from "../../src/errors/error.ts";
import {
  type KernelCollection,
  kernelTypes,
  type LoadOptions,
  loadCollection,
  testRun,
} from "../../src/kernel/index.ts";
import { collectionFromJson } from "../../src/spec/index.ts";
import { bpftoolLoads } from "./bpftool.ts";

const fixtures = ["globals", "subprograms", "maps", "core", "kernel"] as const;
type Fixture = (typeof fixtures)[number];

const root = fileURLToPath(new URL("../../../", import.meta.url));
let folder = "";
const objects = new Map<Fixture, Uint8Array>();

before(() => {
  folder = mkdtempSync(join(tmpdir(), "tarsier-objects-"));
  for (const name of fixtures) {
    const object = join(folder, `${name}.bpf.o`);
    const source = join(root, "test", "fixtures", "elf", `${name}.bpf.c`);
    execFileSync("clang-19", ["-g", "-O2", "-mcpu=v3", "--target=bpf", "-c", source, "-o", object], {
      stdio: "inherit",
    });
    objects.set(name, readFileSync(object));
  }
});

after(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: Fixture) => collectionFromElf(objects.get(name)!, `${name}.bpf.o`);

/** Loads a fixture, runs something with it and closes it. */
function withLoaded(
  name: Fixture,
  use: (run: Run, collection: KernelCollection) => void,
  options: LoadOptions = {},
): void {
  const spec = read(name);
  // Nothing is pinned in a test: another process could find it.
  const maps = spec.maps.map(({ pinned: _, ...map }) => map);
  const collection = loadCollection({ ...spec, maps }, options);
  try {
    use((program, ...context) => testRun(collection.programs.get(program)!, context).returnValue | 0, collection);
  } finally {
    collection.close();
  }
}

type Run = (program: string, ...context: readonly bigint[]) => number;

test("global variables begin as they were written, constants are set at load time", () => {
  withLoaded("globals", (run, collection) => {
    assert.equal(run("add", 3n), 3 - 3 + 41);
    assert.equal(run("add", 9n), 7);
    assert.equal(run("read_calls", 0n), 2);
    const data = new DataView(collection.map(".data").get(new Uint8Array(4))!.slice().buffer);
    assert.equal(data.getBigUint64(0, true), 42n);
  });
  withLoaded("globals", (run) => assert.equal(run("add", 9n), 2), { config: { limit: 2 } });
  withLoaded("globals", (run) => assert.equal(run("add", 9n), -1), { config: { enabled: false } });
});

test("functions call one another and are called back", () => {
  withLoaded("subprograms", (run) => {
    assert.equal(run("squares", 4n), 4 * 4 + 3);
    assert.equal(run("chain", 3n), 2 * 3 * 3 + 1);
    assert.equal(run("sums", 3n), (0 + 1 + 2) * 100 + 3);
  });
});

test("maps hold maps and programs from the start", () => {
  withLoaded("maps", (run) => {
    assert.equal(run("jump", 2n), 77);
    assert.equal(run("jump", 0n), 1);
    assert.equal(run("nested", 0n), 0);
    assert.equal(run("nested", 0n), 5);
    assert.equal(run("nested", 3n), 0);
    assert.equal(run("nested", 1n), -2);
    assert.equal(run("store", 7n, 41n), 42);
  });
});

test("CO-RE relocations of every kind say what the running kernel has", () => {
  withLoaded("core", (run, collection) => {
    assert.equal(run("relocate", 0n), 0);
    const results = new BigUint64Array(collection.map(".bss").get(new Uint8Array(4))!.slice().buffer);
    const kernel = kernelTypes();
    const task = memberOf(kernel, "task_struct", "tgid");
    assert.deepEqual([...results.subarray(0, 13)].map(Number), [
      task.bitOffset / 8,
      16,
      1,
      1,
      ...[56, 60],
      results[6] === 0n ? -1 : Number(results[6]),
      kernel.find("task_struct", "struct")!,
      1,
      16,
      ...[1, 1, 1],
    ]);
    assert.equal(run("current_tgid", 0n), process.pid);
  });
});

function memberOf(btf: Btf, struct: string, name: string) {
  const type = btf.type(btf.find(struct, "struct")!);
  assert.ok(type.kind === "struct");
  return type.members.find((member) => member.name === name)!;
}

test("the kernel's configuration, symbols and functions, there or not", () => {
  const [major = 0, minor = 0, patch = 0] = release().split(/[.-]/).map(Number);
  withLoaded("kernel", (run) => {
    assert.equal(run("configuration", 0n), (major << 16) | (minor << 8) | Math.min(patch, 255));
    assert.equal(run("symbols", 0n), 3);
    assert.equal(run("functions", 0n), 12);
  });
});

test("what was read and written again is the same", () => {
  for (const name of fixtures) {
    const spec = read(name);
    assert.deepEqual(comparable(collectionFromElf(elfFromCollection(spec), `${name}.bpf.o`)), comparable(spec), name);
  }
});

test("broken objects of clang give an error of their kind", () => {
  for (const name of fixtures) {
    const file = objects.get(name)!;
    const change = fc.record({ at: fc.nat(file.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const broken = new Uint8Array(file);
        for (const { at, value } of changes) broken[at] = value;
        try {
          collectionFromElf(broken, name);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  }
});

test("libbpf loads the objects that we write, and their types have their names", () => {
  for (const name of fixtures) {
    const spec = read(name);
    const maps = spec.maps.map(({ pinned: _, ...map }) => map);
    const types = bpftoolLoads(folder, name, elfFromCollection({ ...spec, maps }), spec);
    for (const program of spec.programs) assert.match(types, new RegExp(`FUNC '${program.name}'`));
  }
});

test("libbpf loads what our compiler makes", () => {
  for (const name of ["self", "tracepoints"]) {
    const path = join(root, "dist", "src", "programs", `${name}.json`);
    const spec = collectionFromJson(readFileSync(path, "utf8"), path);
    const types = bpftoolLoads(folder, name, elfFromCollection(spec), spec);
    assert.match(types, /STRUCT 'task_struct'/);
  }
});
