/** A collection in the kernel as its author knows it: programs and maps by their names, decoded. */

import { type Btf, readBtf } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import { type KernelCollection, type LoadOptions, loadCollection, storageMap, testRun } from "../kernel/index.ts";
import type { CollectionSpec, GlobalSpec } from "../spec/index.ts";
import { byteString, layoutOf } from "./btf-layout.ts";
import { liveMap } from "./live-maps.ts";
import type { LiveRing } from "./live-ring.ts";
import type { AnyCollection, LiveProgram } from "./live-types.ts";

/** Maps that hold variables, constants and what attaching tells programs, not entries of theirs. */
const dataMap = /^\.(data|rodata|bss|kconfig|usdt)/;

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
  const globals = Object.fromEntries(
    (spec.globals ?? []).map((global) => [global.name, liveGlobal(kernel, global, btf)]),
  );
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

function liveGlobal(
  kernel: KernelCollection,
  { map, offset, sizeBytes, typeId }: GlobalSpec,
  btf: Btf,
): { value: unknown } {
  const type = typeId === undefined ? byteString(sizeBytes) : layoutOf(btf, typeId);
  return {
    get value() {
      return type.decode(kernel.map(map).mapped(), offset);
    },
    set value(value) {
      type.write(kernel.map(map).mapped(), offset, value);
    },
  };
}

/** Names that are not there are an error of their own, not `undefined` further on. */
function strict<Thing extends object>(things: Thing, message: string): Thing {
  return new Proxy(things, {
    get(target, name) {
      if (typeof name === "symbol" || Object.hasOwn(target, name)) return Reflect.get(target, name);
      if (name === "then" || name === "toJSON") return undefined;
      throw new InputError("NAME_UNKNOWN", `${message} ${name}; it has ${Object.keys(target).join(", ") || "none"}`);
    },
  });
}
