/** What registers hold, in the words of the author of a program. */

import type { ValueRange } from "./register-origin.ts";

export const places: Readonly<Record<string, string>> = {
  stack: "the stack",
  value: "a map's value",
  packet: "the packet",
};

/** Types of registers as the author of a program knows them. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^(?:scalar|inv)/, "a number"],
  [/^map_ptr/, "a map"],
  [/^map_value/, "a value of a map"],
  [/^(?:fp|fp0)$/, "a place on the stack"],
  [/^pkt/, "a packet"],
  [/^ctx/, "what the hook hands over"],
  [/^(?:ptr_|trusted_ptr_|rcu_ptr_)/, "a structure of the kernel"],
  [/^sock/, "a socket"],
];

export function inEnglish(kind: string): string {
  return kinds.find(([known]) => known.test(kind))?.[1] ?? kind;
}

export function orThis(made: string): string {
  return made === "" ? "this" : made;
}

export function inWords({ least, most }: ValueRange): string {
  if (least === undefined && most === undefined) return "any number";
  if (least === undefined) return `any number up to ${most}, negative ones too`;
  if (most === undefined) return `any number from ${least} on`;
  return least === most ? `${least}` : `${least} to ${most}`;
}

export function between(least: string | undefined, most: string | undefined): string {
  if (least === undefined || most === undefined) return "any number";
  return least === most ? least : `${least} to ${most}`;
}

/** `0, 1` and `(0x0; 0x1` as the range they are. */
export function spread(wanted: string): string {
  const [first, last] = wanted.split(/[,;] ?/);
  return last === undefined || first === last ? first! : `${Number(first)} to ${Number(last)}`;
}
