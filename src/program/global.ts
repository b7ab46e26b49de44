/** Variables of a module: memory that all its programs share, on all processors, for as long as they are loaded. */

import type { Integer } from "../bytes/index.ts";
import type { ReferenceTo } from "./maps.ts";
import type { Type } from "./types.ts";

/**
 * A variable: `export const dropped = global(u64, 0n)` is used as `dropped.value += 1n`, and a struct, `global(Totals)`,
 * which begins as zeros, by its fields. Several processors may write at once: count with `atomic.add(dropped, "value", 1n)`.
 */
export function global<Value extends number | bigint>(type: Integer<Value>, initial: Value): { value: Value };
export function global<const V extends Type>(type: V): ReferenceTo<V>;
export function global(type: { zero(): unknown; readonly kind: string }, initial?: number | bigint): unknown {
  return type.kind === "integer" ? { value: initial } : type.zero();
}
