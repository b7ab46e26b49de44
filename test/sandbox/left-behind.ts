/** What runs of a program leave, in any runtime: verdicts, packets, contexts, the contents of maps. */

import type { CollectionSpec, MapSpec } from "../../src/spec/index.ts";

/** What one run came to. `fault` is the whole message of it. */
export interface RunLeft {
  readonly verdict: number;
  readonly packet: string;
  readonly fault?: string;
  /** What only engines of the sandbox can be compared by: r0 whole, the context, and what is left of the limit. */
  readonly inside?: string;
}

export interface Left {
  readonly runs: readonly RunLeft[];
  /** Entries of each map, by name. */
  readonly maps: Readonly<Record<string, string>>;
}

/** What maps of the kernel and of the sandbox both have. */
interface AnyMap {
  readonly valueBytes: number;
  get(key: Uint8Array): Uint8Array | undefined;
  take(key: Uint8Array): Uint8Array | undefined;
  keys(): Iterable<Uint8Array>;
}

const sequences: ReadonlySet<string> = new Set(["queue", "stack"]);
const withoutContents: ReadonlySet<string> = new Set(["programArray", "ringBuffer"]);

/** Maps that are given entries before the first run, and which. */
export function firstEntries({ maps }: CollectionSpec, valueBytes: (map: string) => number) {
  return maps
    .filter(
      (map) =>
        !sequences.has(map.type) &&
        !withoutContents.has(map.type) &&
        !map.name.startsWith(".") &&
        map.frozen !== true &&
        map.initial === undefined,
    )
    .flatMap((map) =>
      firstKeys(map).map((key, at) => ({ map: map.name, key, value: filled(valueBytes(map.name), at) })),
    );
}

function firstKeys({ type, keySizeBytes, maxEntries }: MapSpec): Uint8Array[] {
  const count = Math.min(2, maxEntries);
  return Array.from({ length: count }, (_, at) => {
    const key = new Uint8Array(keySizeBytes);
    // Of a trie: all of its key's 8 bits, and none.
    key[0] = type === "lpmTrie" ? 8 * at : at;
    return key;
  });
}

const filled = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, at) => (at % 8 < 3 ? at + 3 + seed : 0));

export function contentsOf({ maps }: CollectionSpec, map: (name: string) => AnyMap): Record<string, string> {
  return Object.fromEntries(
    maps
      .filter(({ type, frozen }) => !withoutContents.has(type) && frozen !== true)
      .map((spec) => [spec.name, sequences.has(spec.type) ? taken(map(spec.name)) : entries(map(spec.name))]),
  );
}

function entries(map: AnyMap): string {
  return [...map.keys()]
    .map((key) => `${hex(key)}: ${hex(map.get(key) ?? new Uint8Array())}`)
    .sort()
    .join("\n");
}

function taken(map: AnyMap): string {
  const values: string[] = [];
  for (;;) {
    const value = map.take(new Uint8Array());
    if (value === undefined) return values.join(" ");
    values.push(hex(value));
  }
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Where two differ, in words; nothing when they do not. `inside` too where both have it. */
export function differenceOf(one: Left, other: Left): string | undefined {
  for (const [index, left] of one.runs.entries()) {
    const right = other.runs[index];
    for (const part of ["fault", "verdict", "packet", "inside"] as const) {
      if (part === "inside" && (left.inside === undefined || right?.inside === undefined)) continue;
      if (left[part] !== right?.[part]) return `run ${index}, ${part}: ${left[part]}, not ${right?.[part]}`;
    }
  }
  const name = Object.keys(one.maps).find((map) => one.maps[map] !== other.maps[map]);
  return name === undefined ? undefined : `map ${name}: ${one.maps[name]}, not ${other.maps[name]}`;
}
