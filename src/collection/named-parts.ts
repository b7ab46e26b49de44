/** What a live collection of any runtime is put together from. */

import type { Btf } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import type { CollectionSpec, GlobalSpec } from "../spec/index.ts";
import { byteString, layoutOf } from "./btf-layout.ts";

/** Maps that hold variables, constants and what attaching tells programs, not entries of theirs. */
export const dataMap = /^\.(data|rodata|bss|kconfig|usdt)/;

/** Global variables by name; `memory` gives the values' memory of a map. */
export function liveGlobals(
  spec: CollectionSpec,
  btf: Btf,
  memory: (map: string) => DataView,
): Record<string, { value: unknown }> {
  return Object.fromEntries((spec.globals ?? []).map((global) => [global.name, liveGlobal(global, btf, memory)]));
}

function liveGlobal(
  { map, offset, sizeBytes, typeId }: GlobalSpec,
  btf: Btf,
  memory: (map: string) => DataView,
): { value: unknown } {
  const type = typeId === undefined ? byteString(sizeBytes) : layoutOf(btf, typeId);
  return {
    get value() {
      return type.decode(memory(map), offset);
    },
    set value(value) {
      type.write(memory(map), offset, value);
    },
  };
}

/** Names that are not there are an error of their own, not `undefined` further on. */
export function strict<Thing extends object>(things: Thing, message: string): Thing {
  return new Proxy(things, {
    get(target, name) {
      if (typeof name === "symbol" || Object.hasOwn(target, name)) return Reflect.get(target, name);
      if (name === "then" || name === "toJSON") return undefined;
      throw new InputError("NAME_UNKNOWN", `${message} ${name}; it has ${Object.keys(target).join(", ") || "none"}`);
    },
  });
}
