/** The verifier of each kernel has the last word on the programs that ship: all load, attach and run there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { TarsierError } from "../../src/errors/error.ts";
import {
  hookTypeId,
  type KernelCollection,
  kernelTypes,
  type LoadOptions,
  loadCollection,
  runIterator,
} from "../../src/kernel/index.ts";
import { compiledPrograms } from "../../src/observe/compiled.ts";
import { chooseProvider, type ProviderName } from "../../src/observe/provider.ts";
import { findOwnPlace, globalProcessId } from "../../src/observe/self.ts";
import type { CollectionSpec, ProgramSpec } from "../../src/spec/index.ts";

/** For a function that newer kernels do without. */
const optional = ["sendPageEnd"];

/** Why a provider cannot work here, by its hooks; `false` when it can. */
const whyNot = { tracepoints: missingHooks("tracepoints"), functions: missingHooks("functions") };

function absentPrograms(name: ProviderName): readonly ProgramSpec[] {
  return compiledPrograms(name).programs.filter(({ hook }) => hookTypeId(kernelTypes(), hook) === undefined);
}

function missingHooks(name: ProviderName): string | false {
  const needed = absentPrograms(name).filter((program) => !optional.includes(program.name));
  return needed.length > 0 && `this kernel has no ${needed.map(({ hook }) => hook.target).join(", ")}`;
}

/** Loads, and tells the verifier's whole log when it refuses. */
function load(spec: CollectionSpec, options: LoadOptions): KernelCollection {
  try {
    return loadCollection(spec, options);
  } catch (error) {
    if (error instanceof TarsierError) error.stack += `\n${error.details}`;
    throw error;
  }
}

for (const name of ["tracepoints", "functions"] as const) {
  test(`the programs on ${name} load, attach and run`, { skip: whyNot[name] }, () => {
    const spec = compiledPrograms(name);
    const absent = absentPrograms(name).map((program) => program.name);
    const programs = spec.programs.map((program) => program.name).filter((program) => !absent.includes(program));
    const collection = load(spec, { programs });
    try {
      for (const [programName, { spec }] of collection.programs) {
        const link = collection.attach(programName);
        if (spec.hook.kind === "iterator") runIterator(link);
      }
    } finally {
      collection.close();
    }
  });
}

test("Tarsier's own place in the namespaces is found", () => {
  const own = findOwnPlace();
  assert.equal(own.process, process.pid);
  assert.equal(globalProcessId(process.pid, own), process.pid);
});

test("what is observed by fits the kernel, for cgroups and for processes", () => {
  const own = findOwnPlace();
  for (const scope of [
    { kind: "cgroup", id: 1n, level: 0, label: "/" },
    { kind: "processes", globalIds: [own.process], label: "this" },
  ] as const) {
    const { name, spec, options } = chooseProvider(scope, own);
    assert.equal(name, whyNot.tracepoints === false ? "tracepoints" : "functions");
    const collection = load(spec, options);
    try {
      for (const program of options.programs) collection.attach(program);
    } finally {
      collection.close();
    }
  }
});
