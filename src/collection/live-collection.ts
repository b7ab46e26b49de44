/** A collection in the kernel as its author knows it: programs and maps by their names, decoded. */

import { readBtf } from "../btf/index.ts";
import { type KernelCollection, type LoadOptions, loadCollection, storageMap, testRun } from "../kernel/index.ts";
import type { CollectionSpec } from "../spec/index.ts";
import { liveMap } from "./live-maps.ts";
import type { LiveRing } from "./live-ring.ts";
import type { AnyCollection, LiveProgram } from "./live-types.ts";
import { dataMap, liveGlobals, strict } from "./named-parts.ts";

/** Loads a collection, or leaves nothing behind and throws. */
export function loadLive(spec: CollectionSpec, options: LoadOptions = {}): AnyCollection {
  const kernel = loadCollection(spec, options);
  try {
    return liveCollection(kernel);
  } catch (error) {
    kernel.close();
    throw error;
  }
}

function liveCollection(kernel: KernelCollection): AnyCollection {
  const { spec } = kernel;
  const btf = readBtf(spec.btf);
  const named = [...kernel.maps].filter(([name]) => !dataMap.test(name));
  const maps: Record<string, object> = Object.fromEntries(
    named.map(([name, map]) => [name, Object.assign(liveMap(map, btf, storageMap), { kernel: map })]),
  );
  const programs = Object.fromEntries([...kernel.programs.keys()].map((name) => [name, liveProgram(kernel, name)]));
  const globals = liveGlobals(spec, btf, (name) => kernel.map(name).mapped());
  const close = () => {
    for (const [name] of named) {
      if (kernel.maps.get(name)?.spec.type === "ringBuffer") (maps[name] as LiveRing).close();
    }
    kernel.close();
  };
  return {
    programs: strict(programs, `${spec.name} has no program`),
    maps: strict(maps, `${spec.name} has no map`),
    globals: strict(globals, `${spec.name} has no global variable`),
    kernel,
    close,
    [Symbol.dispose]: close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

function liveProgram(kernel: KernelCollection, name: string): LiveProgram<never> {
  const program = kernel.program(name);
  return {
    name,
    kernel: program,
    attach: (options?: object) => kernel.attach(name, (options ?? {}) as Record<string, unknown>),
    run: (input) => testRun(program, input),
  };
}
