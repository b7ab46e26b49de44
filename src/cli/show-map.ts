/** A map's entries as lines. */

import type { TypedMap } from "../maps/index.ts";
import type { MapTypeName } from "../spec/index.ts";
import { valueJson, valueText } from "./value-text.ts";

/** Where lines go, and how they look. */
export interface Show {
  readonly json: boolean;
  write(text: string): void;
}

/** Rows of one map that a person gets to see. */
const mostRows = 1000;

/** Types whose entries are shown. */
export const entryTypes: ReadonlySet<MapTypeName> = new Set([
  "hash",
  "lruHash",
  "array",
  "lpmTrie",
  "perCpuHash",
  "perCpuArray",
  "lruPerCpuHash",
]);

/** Prints every entry. */
export function showMap(name: string, type: MapTypeName, map: TypedMap<unknown, unknown>, { json, write }: Show): void {
  const isArray = type === "array" || type === "perCpuArray";
  let rows = 0;
  for (const [key, value] of map) {
    // An array has all its entries from the start: those that nobody wrote to say nothing.
    if (isArray && isZero(value)) continue;
    rows++;
    if (json) write(`{"map":${JSON.stringify(name)},"key":${valueJson(key)},"value":${valueJson(value)}}\n`);
    else if (rows <= mostRows) write(`${rows === 1 ? `${name}\n` : ""}  ${valueText(key)}  ${valueText(value)}\n`);
  }
  if (!json && rows > mostRows) write(`  … and ${rows - mostRows} more\n`);
}

function isZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isZero);
  return Number(value) === 0;
}
