/** Keys of maps: few of them, so that programs meet them again. */

import type { Expression, MapNode } from "../tree.ts";
import { integer } from "./integers.ts";
import { references, type Scope } from "./names.ts";

const arrays = ["arrayMap", "perCpuArray"];

export function mapsOf({ body }: Scope, kind: "hash" | "array"): MapNode[] {
  return body.world.maps.filter((map) => arrays.includes(map.kind) === (kind === "array"));
}

/** A key: a small number, or a struct that is there; `undefined` if there is none. */
export function key(scope: Scope, map: MapNode, depth: number): Expression | undefined {
  const { random } = scope.body.world;
  if (typeof map.key !== "string") {
    const found = references(scope, map.key);
    return found.length === 0 ? undefined : { kind: "name", name: random.pick(found).name };
  }
  const isArray = arrays.includes(map.kind);
  const count = isArray ? map.maxEntries + (random.chance(30) ? 1 : 0) : 6;
  if (random.chance(35)) return { kind: "literal", type: map.key, value: BigInt(random.below(count)), cast: false };
  const right: Expression = { kind: "literal", type: map.key, value: BigInt(count), cast: false };
  return { kind: "binary", operator: "%", type: map.key, left: integer(scope, map.key, Math.min(depth - 1, 2)), right };
}
