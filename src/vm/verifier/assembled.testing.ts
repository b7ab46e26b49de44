/** For tests: programs of a few instructions, with maps of every kind that they may name. */

import { createBtfBuilder } from "../../btf/index.ts";
import { assemble, encode } from "../../isa/index.ts";
import type { CollectionSpec, HookKind, MapSpec, ProgramSpec } from "../../spec/index.ts";
import { mapFlags } from "../../spec/index.ts";

const btf = createBtfBuilder();
const u32 = btf.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
const u64 = btf.add({ kind: "int", name: "u64", sizeBytes: 8, encoding: "unsigned" });
const lock = btf.add({
  ...{ kind: "struct", name: "bpf_spin_lock", sizeBytes: 4 },
  members: [{ name: "val", type: u32, bitOffset: 0 }],
});
const timer = btf.add({
  ...{ kind: "struct", name: "bpf_timer", sizeBytes: 16 },
  members: [
    { name: "a", type: u64, bitOffset: 0 },
    { name: "b", type: u64, bitOffset: 64 },
  ],
});
const locked = btf.add({
  ...{ kind: "struct", name: "locked", sizeBytes: 16 },
  members: [
    { name: "lock", type: lock, bitOffset: 0 },
    { name: "value", type: u64, bitOffset: 64 },
  ],
});
const timed = btf.add({
  ...{ kind: "struct", name: "timed", sizeBytes: 24 },
  members: [
    { name: "timer", type: timer, bitOffset: 0 },
    { name: "value", type: u64, bitOffset: 128 },
  ],
});
const types = btf.encode();

const mapOf = (name: string, type: MapSpec["type"], more: Partial<MapSpec> = {}): MapSpec => ({
  ...{ name, type, keySizeBytes: 4, valueSizeBytes: 64, maxEntries: 4, flags: 0, keyTypeId: 0, valueTypeId: 0 },
  ...more,
});

/** The maps of every test program. */
export const testMaps: readonly MapSpec[] = [
  mapOf("values", "array"),
  mapOf("flows", "hash"),
  mapOf("counters", "perCpuArray"),
  mapOf("recent", "lruHash"),
  mapOf("own", "perCpuHash"),
  mapOf("routes", "lpmTrie", { keySizeBytes: 8, flags: mapFlags.noPreallocation }),
  mapOf("global", "array", { maxEntries: 1, valueSizeBytes: 16 }),
  mapOf("constants", "array", {
    ...{ maxEntries: 1, valueSizeBytes: 16, flags: mapFlags.readOnlyInProgram, frozen: true },
    initial: new Uint8Array([37, 100, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]),
  }),
  mapOf("writeOnly", "array", { flags: mapFlags.writeOnlyInProgram }),
  mapOf("events", "ringBuffer", { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
  mapOf("queued", "queue", { keySizeBytes: 0, valueSizeBytes: 8 }),
  mapOf("programs", "programArray", { valueSizeBytes: 4 }),
  mapOf("locks", "array", { valueSizeBytes: 16, keyTypeId: u32, valueTypeId: locked }),
  mapOf("timers", "array", { valueSizeBytes: 24, keyTypeId: u32, valueTypeId: timed }),
  mapOf("outer", "arrayOfMaps", { valueSizeBytes: 4, inner: mapOf("inner", "array", { valueSizeBytes: 8 }) }),
];

export interface AssembledOptions {
  readonly hook?: HookKind;
  readonly license?: string;
}

export interface Assembled {
  readonly collection: CollectionSpec;
  readonly program: ProgramSpec;
}

/** A program of plain bytes, without maps. */
export const programSpecOf = (code: Uint8Array, { hook = "socketFilter", license }: AssembledOptions = {}): Assembled =>
  collectionWith(code, [], hook, license);

function collectionWith(
  code: Uint8Array,
  maps: ProgramSpec["maps"],
  hook: HookKind,
  license = "Dual MIT/GPL",
): Assembled {
  const target = { tpBtf: "sys_enter", rawTracepoint: "sys_enter", fentry: "do_sys_openat2" }[hook as string] ?? "";
  const program: ProgramSpec = {
    ...{ name: "tried", hook: { kind: hook, target }, code, maps, relocations: [], functions: [], lines: [] },
  };
  const used = new Set(maps.map(({ map }) => map));
  const collection: CollectionSpec = {
    ...{ name: "tried", license, maps: testMaps.filter(({ name }) => used.has(name)), config: [] },
    ...{ programs: [program], btf: types },
  };
  return { collection, program };
}

/**
 * A program of assembly text, where `map NAME %r1` loads a map and `value NAME+8 %r1` a place in the value of a map with one
 * entry.
 */
export function assembled(text: string, options: AssembledOptions = {}): Assembled {
  const references: { readonly line: number; readonly map: string; readonly valueOffset?: number }[] = [];
  const lines = text
    .split(/\n|;/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const plain = lines.map((line, index) => {
    const [, what, map, offset, register] = /^(map|value) (\w+)(?:\+(\d+))? (%r\d+)$/.exec(line) ?? [];
    if (what === undefined) return line;
    references.push({ line: index, map: map!, ...(what === "value" && { valueOffset: Number(offset ?? 0) }) });
    return what === "map" ? `lddw map_by_fd ${register}, 0` : `lddw map_val_by_fd ${register}, 0, ${offset ?? 0}`;
  });
  const slots = slotsOfLines(plain);
  const maps = references.map(({ line, ...reference }) => ({ ...reference, slot: slots[line]! }));
  return collectionWith(encode(assemble(plain.join("\n"))), maps, options.hook ?? "socketFilter", options.license);
}

/** The slot of each line: labels take none, 64-bit loads two. */
function slotsOfLines(lines: readonly string[]): number[] {
  let slot = 0;
  return lines.map((line) => {
    const own = slot;
    const instruction = line.replace(/^\w+:\s*/, "");
    if (instruction !== "") slot += instruction.startsWith("lddw") ? 2 : 1;
    return own;
  });
}
