/** The declaration of a map, whatever its type. */

import type { MapTypeName } from "../spec/index.ts";
import { onlyInKernel } from "./only-in-kernel.ts";
import type { Type } from "./types.ts";

/** What every declaration of a map says of itself; `load()` and the compiler read it. */
export interface MapDeclaration<Kind extends MapTypeName = MapTypeName> {
  readonly kind: "map";
  readonly type: Kind;
}

/** What a map may have as its key. */
export type Key = Type;

/** What maps do in a kernel program only. Names of data are not among them. */
const methods = [
  ...["get", "getOrInsert", "getOrCreate", "set", "delete", "has", "output", "reserve", "submit", "discard"],
  ...["push", "pop", "peek", "add", "tailCall", "kernel", "user", "hasCurrentTask", "redirect", "redirectMessage"],
  ...["assign", "select", "forEach"],
];

/** The declaration of a map: its options, and a refusal for everything that only kernel programs do with it. */
export function declare<Declaration>(type: MapTypeName, options: object): Declaration {
  const refusals = Object.fromEntries(methods.map((name) => [name, () => onlyInKernel(name)]));
  return { ...refusals, kind: "map", type, ...options } as Declaration;
}
