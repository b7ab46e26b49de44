/** A small collection with a part of every kind, and how two collections are compared. */

import { createBtfBuilder, readBtf } from "../btf/index.ts";
import { assemble, encode } from "../isa/index.ts";
import type { CollectionSpec, MapSpec } from "../spec/collection.ts";
import { keyOf, splitProgram } from "./write/split.ts";

/** Maps of maps, programs in programs, variables, functions, and everything that the kernel gives. */
export function richCollection(): CollectionSpec {
  const btf = createBtfBuilder();
  const u32 = btf.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
  const members = [{ name: "pid", type: u32, bitOffset: 0 }];
  const key = btf.add({ kind: "struct", name: "key", sizeBytes: 4, members });
  const proto = btf.add({ kind: "funcProto", returns: u32, parameters: [] });
  const func = (name: string, linkage: "global" | "static") => btf.add({ kind: "func", name, type: proto, linkage });
  const [count, other, twice, callback] = [
    func("count", "global"),
    func("other", "global"),
    func("twice", "static"),
    func("callback", "static"),
  ];
  func("bpf_rcu_read_lock", "global");
  const [file, text] = [btf.string("count.c"), btf.string("  return twice(1);")];
  const map = (name: string, more: Partial<MapSpec>): MapSpec => ({
    ...{
      name,
      type: "hash",
      keySizeBytes: 4,
      valueSizeBytes: 8,
      maxEntries: 16,
      flags: 0,
      keyTypeId: 0,
      valueTypeId: 0,
    },
    ...more,
  });
  const line = { fileNameOffset: file, textOffset: text, line: 7, column: 3 };
  return {
    name: "rich",
    license: "Dual MIT/GPL",
    maps: [
      map("table", { keyTypeId: key, flags: 1 }),
      map("bloom", { type: "bloomFilter", keySizeBytes: 0, extra: 3 }),
      map("inside", { type: "array", maxEntries: 1 }),
      map("outer", {
        ...{ type: "arrayOfMaps", valueSizeBytes: 4, maxEntries: 4 },
        inner: map("outer.inner", { type: "array", maxEntries: 1 }),
        entries: [{ index: 2, name: "inside" }],
      }),
      map("jumps", { type: "programArray", valueSizeBytes: 4, entries: [{ index: 1, name: "other" }] }),
      map("shared", { pinned: true }),
      map(".data", { type: "array", maxEntries: 1, flags: 1024, initial: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) }),
      map(".kconfig", { type: "array", maxEntries: 1, valueSizeBytes: 5, flags: 1152, frozen: true }),
    ],
    config: [],
    programs: [
      {
        name: "count",
        hook: { kind: "rawTracepoint", target: "sys_enter" },
        code: encode(
          assemble(`
            lddw map_by_fd %r1, 0
            lddw map_val_by_fd %r2, 0, 4
            lddw map_val_by_fd %r3, 0, 0
            call local twice
            call runtime 0
            lddw %r4, 0
            lddw code_addr %r5, callback
            mov %r0, 0
            exit
          twice:
            mov %r0, 2
            exit
          callback:
            call local twice
            exit`),
        ),
        maps: [
          { slot: 0, map: "table" },
          { slot: 2, map: ".data", valueOffset: 4 },
          { slot: 4, map: ".kconfig", valueOffset: 0 },
        ],
        relocations: [{ slot: 12, kind: "typeExists", typeId: key, access: "0" }],
        functions: [
          { slot: 0, typeId: count },
          { slot: 14, typeId: twice },
          { slot: 16, typeId: callback },
        ],
        lines: [
          { slot: 0, ...line },
          { slot: 14, ...line, line: 3 },
        ],
        kernelFunctions: [{ slot: 7, name: "bpf_rcu_read_lock", weak: false }],
        kernelSymbols: [{ slot: 8, name: "bpf_prog_put", weak: true, typed: false }],
      },
      {
        name: "other",
        hook: { kind: "tpBtf", target: "sched_switch" },
        code: encode(assemble("call local twice\nmov %r0, 0\nexit\ntwice: mov %r0, 2\nexit")),
        maps: [],
        relocations: [],
        functions: [
          { slot: 0, typeId: other },
          { slot: 3, typeId: twice },
        ],
        lines: [{ slot: 3, ...line, line: 3 }],
      },
    ],
    kernelConfig: [
      { map: ".kconfig", offset: 0, sizeBytes: 4, name: "CONFIG_HZ", weak: true },
      { map: ".kconfig", offset: 4, sizeBytes: 1, name: "CONFIG_BPF", weak: false },
    ],
    btf: btf.encode(),
  };
}

/**
 * What of a collection an object keeps: all but the order of maps, programs and the functions they call, where strings stand in the types, the
 * types that are added for maps and variables, and the map that an iterator is for, which users of libbpf say later.
 */
export function comparable(spec: CollectionSpec): unknown {
  const btf = readBtf(spec.btf);
  const byName = (one: { readonly name: string }, other: { readonly name: string }) => (one.name < other.name ? -1 : 1);
  const { btf: _, logs: __, ...rest } = spec;
  return {
    ...rest,
    maps: spec.maps
      // Types of records and the lines of a log have no place in an object.
      .map(({ initial, recordTypeIds: _, ...map }) => {
        const isData = map.name.startsWith(".");
        return { ...map, initial: initial && [...initial], ...(isData && { valueTypeId: 0, flags: 0, frozen: true }) };
      })
      .sort(byName),
    programs: spec.programs
      .map((program) => {
        const parts = splitProgram(program, btf);
        return {
          name: program.name,
          hook: { ...program.hook, map: undefined },
          functions: [...new Set(parts.map((part) => keyOf(part, parts)))].sort(),
          lines: parts[0]?.lines.map(({ fileNameOffset, textOffset, ...line }) => {
            return { ...line, file: btf.string(fileNameOffset), text: btf.string(textOffset) };
          }),
        };
      })
      .sort(byName),
  };
}
