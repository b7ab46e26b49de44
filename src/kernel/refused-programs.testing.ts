/** For tests: programs that the verifier refuses, one for each thing that it looks at. Each instruction has its source line. */

import { createBtfBuilder } from "../btf/index.ts";
import * as isa from "../isa/index.ts";
import type { CollectionSpec, HookKind, MapSpec, ProgramSpec } from "../spec/index.ts";

const { r0, r1, r2, r3, r4, r6, r7, r8, r10 } = isa;

/** A line of a source that was never written, and what it became. */
type Line = readonly [text: string, ...instructions: (isa.Instruction | MapLoad)[]];

interface MapLoad {
  readonly map: string;
  readonly instruction: isa.Instruction;
}

export interface RefusedProgram {
  readonly title: string;
  readonly hook: HookKind;
  readonly target?: string;
  readonly license?: string;
  readonly lines: readonly Line[];
}

const mapSpec = (name: string, type: MapSpec["type"], sizes: Partial<MapSpec>): MapSpec => ({
  ...{ name, type, keySizeBytes: 4, valueSizeBytes: 64, maxEntries: 4, flags: 0, keyTypeId: 0, valueTypeId: 0 },
  ...sizes,
});

const maps = [
  mapSpec("values", "array", {}),
  mapSpec("flows", "hash", {}),
  mapSpec("events", "ringBuffer", { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
  mapSpec("config", "array", { flags: 0x80 }),
];

const mapOf = (register: isa.Register, map: string): MapLoad => ({ map, instruction: isa.loadMap(register, 0) });

/** `const entry = values.get(0)`, in r0. */
const entryOf = (map: string): (isa.Instruction | MapLoad)[] => [
  isa.storeImmediate(4, r10, -4, 0),
  isa.mov.reg(r2, r10),
  isa.add.imm(r2, -4),
  mapOf(r1, map),
  isa.callHelper("bpf_map_lookup_elem"),
];

const found: Line = ["const flow = flows.get(0);", ...entryOf("flows")];
const entry: Line = ["const entry = values.get(0);", ...entryOf("values")];
const returned: Line = ["if (entry === null) return;", isa.jne.imm(r0, 0, 2), isa.mov.imm(r0, 0), isa.exit()];
const end: Line = ["});", isa.mov.imm(r0, 0), isa.exit()];
const argument = (register: isa.Register): isa.Instruction => isa.load(8, register, r1, 0);
const ends: Line = ["const packet = context;", isa.load(4, r2, r1, 76), isa.load(4, r3, r1, 80)];

const raw = "rawTracepoint";
const wrong = (
  title: string,
  hook: HookKind,
  lines: readonly Line[],
  more: Partial<RefusedProgram> = {},
): RefusedProgram => ({ title, hook, lines, ...(hook === raw && { target: "sys_enter" }), ...more });

export const refusedPrograms: readonly RefusedProgram[] = [
  wrong("an entry that may be null", raw, [found, ["flow.count += 1n;", isa.load(8, r6, r0, 0)], end]),
  wrong("an address that is a number", raw, [
    ["(address: u64) => {", argument(r6)],
    ["address.count;", isa.load(8, r0, r6, 8)],
    end,
  ]),
  wrong("an index without an upper bound", raw, [
    ["(index: u64) => {", argument(r6)],
    entry,
    returned,
    ["entry.bytes[index];", isa.add.reg(r0, r6), isa.load(1, r1, r0, 0)],
    end,
  ]),
  wrong("an index that is bounded too high", raw, [
    ["const index = u8(a);", argument(r6), isa.and.imm(r6, 255)],
    entry,
    returned,
    ["entry.words[index];", isa.add.reg(r0, r6), isa.load(4, r1, r0, 0)],
    end,
  ]),
  wrong("an index that may be negative", raw, [
    ["const index = i32(a);", argument(r6)],
    ["if (index > 10) return;", isa.jsle.imm(r6, 10, 2), isa.mov.imm(r0, 0), isa.exit()],
    entry,
    returned,
    ["entry.bytes[index];", isa.add.reg(r0, r6), isa.load(1, r1, r0, 0)],
    end,
  ]),
  wrong("a constant place behind the end of a value", raw, [
    entry,
    returned,
    ["entry.words[20];", isa.load(4, r1, r0, 80)],
    end,
  ]),
  wrong("a length that is not bounded", raw, [
    ["(address: u64, length: u64) => {", argument(r6), isa.load(8, r7, r1, 8)],
    entry,
    returned,
    [
      "entry.readUser(0, length, address);",
      isa.mov.reg(r1, r0),
      isa.mov.reg(r2, r7),
      isa.mov.reg(r3, r6),
      isa.callHelper("bpf_probe_read_user"),
    ],
    end,
  ]),
  wrong("a length that is bounded too high", raw, [
    ["const length = u8(a);", argument(r6), isa.and.imm(r6, 255)],
    entry,
    returned,
    [
      "entry.readUser(0, length, address);",
      isa.mov.reg(r1, r0),
      isa.mov.reg(r2, r6),
      isa.mov.imm(r3, 0),
      isa.callHelper("bpf_probe_read_user"),
    ],
    end,
  ]),
  wrong("a packet that may be shorter", "tcxIngress", [
    ends,
    [
      "const head = packet.view(Head, 0);",
      isa.mov.reg(r4, r2),
      isa.add.imm(r4, 14),
      isa.jle.reg(r4, r3, 2),
      isa.mov.imm(r0, 0),
      isa.exit(),
    ],
    ["head.port;", isa.load(2, r6, r2, 20)],
    end,
  ]),
  wrong("a packet at a place that is not bounded", "tcxIngress", [
    ["const at = packet.mark;", isa.load(4, r6, r1, 8)],
    ends,
    ["packet.load(u8, at);", isa.add.reg(r2, r6), isa.load(1, r6, r2, 0)],
    end,
  ]),
  wrong("a place below the stack", raw, [["const big = Big.zero();", isa.storeImmediate(8, r10, -520, 0)], end]),
  wrong("a place in the stack that is not known", raw, [
    ["const index = u8(a);", argument(r6), isa.and.imm(r6, 255)],
    ["own[index] = 1;", isa.mov.reg(r1, r10), isa.add.reg(r1, r6), isa.storeImmediate(1, r1, -16, 1)],
    end,
  ]),
  wrong("a record that is never sent", raw, [
    [
      "const record = events.reserve(Event);",
      mapOf(r1, "events"),
      isa.mov.imm(r2, 16),
      isa.mov.imm(r3, 0),
      isa.callHelper("bpf_ringbuf_reserve"),
    ],
    ["if (record === null) return;", isa.jne.imm(r0, 0, 2), isa.mov.imm(r0, 0), isa.exit()],
    end,
  ]),
  wrong("a word at an odd place of the stack", raw, [
    ["own.store(u64, 3, 1n);", isa.storeImmediate(8, r10, -13, 1)],
    end,
  ]),
  wrong("an atomic at an odd place", raw, [
    entry,
    returned,
    ['atomic.add(entry, "count", 1n);', isa.mov.imm(r1, 1), isa.atomicAdd.on(8, r0, 3, r1)],
    end,
  ]),
  wrong("a loop without an end", raw, [
    ["let turn = 0n;", isa.mov.imm(r6, 0)],
    ["while (turn === 0n) again();", isa.jeq.imm(r6, 0, -1)],
    end,
  ]),
  wrong("a loop with too many turns", raw, [
    ["(count: u64) => {", argument(r7)],
    ["let sum = 0n;", isa.mov.imm(r6, 0), isa.mov.imm(r8, 0)],
    [
      "for (const turn of range(10_000_000)) sum += turn;",
      isa.add.reg(r8, r6),
      isa.add.imm(r6, 1),
      isa.jlt.imm(r6, 10_000_000, -3),
    ],
    end,
  ]),
  wrong("a helper that is not for this hook", "socketFilter", [
    ["setMark();", isa.mov.imm(r1, 0), isa.mov.imm(r2, 0), isa.callHelper("bpf_redirect")],
    end,
  ]),
  wrong(
    "a helper for GPL only",
    raw,
    [
      [
        "readKernel(own, address);",
        isa.storeImmediate(8, r10, -8, 0),
        isa.mov.reg(r1, r10),
        isa.add.imm(r1, -8),
        isa.mov.imm(r2, 8),
        isa.mov.imm(r3, 0),
        isa.callHelper("bpf_probe_read_kernel"),
      ],
      end,
    ],
    { license: "Apache-2.0" },
  ),
  wrong("a verdict that is none", "cgroupSkbIngress", [["return 7;", isa.mov.imm(r0, 7), isa.exit()]]),
  wrong("a verdict of which nothing is known", "cgroupSkbIngress", [
    ["return packet.length;", isa.load(4, r0, r1, 0), isa.exit()],
  ]),
  wrong("a value that nothing gave", raw, [["use(value);", isa.mov.reg(r1, r6)], end]),
  wrong("a program that returns nothing", raw, [["});", isa.exit()]]),
  wrong("a member that a context does not have", "tcxIngress", [["packet.later;", isa.load(4, r0, r1, 400)], end]),
  wrong("a member of a context that cannot be written", "tcxIngress", [
    ["packet.length = 0;", isa.mov.imm(r2, 0), isa.store(4, r1, 0, r2)],
    end,
  ]),
  wrong("an argument of another kind", raw, [
    ["(map: u64) => {", argument(r6)],
    [
      "map.get(0);",
      isa.storeImmediate(4, r10, -4, 0),
      isa.mov.reg(r2, r10),
      isa.add.imm(r2, -4),
      isa.mov.reg(r1, r6),
      isa.callHelper("bpf_map_lookup_elem"),
    ],
    end,
  ]),
  wrong("an argument that may be null", raw, [
    found,
    [
      "values.set(1, flow);",
      isa.mov.reg(r3, r0),
      isa.mov.reg(r2, r10),
      isa.add.imm(r2, -4),
      isa.mov.imm(r4, 0),
      mapOf(r1, "values"),
      isa.callHelper("bpf_map_update_elem"),
    ],
    end,
  ]),
  wrong("a map that programs only read", raw, [
    ["const entry = config.get(0);", ...entryOf("config")],
    returned,
    ["entry.count = 1n;", isa.storeImmediate(8, r0, 0, 1)],
    end,
  ]),
  wrong("arithmetic with what may be null", raw, [
    found,
    ["flow.words[2];", isa.add.imm(r0, 8), isa.load(4, r1, r0, 0)],
    end,
  ]),
  wrong("code that nothing leads to", raw, [
    ["return;", isa.mov.imm(r0, 0), isa.exit()],
    ["later();", isa.mov.imm(r0, 1), isa.exit()],
  ]),
];

/** A program and its maps, each line of it on a line of its own from 10 on. */
export function refusedCollection({ hook, target = "", license = "GPL", lines }: RefusedProgram): CollectionSpec {
  const btf = createBtfBuilder();
  const fileNameOffset = btf.string("wrong.ts");
  const program = {
    code: [] as isa.Instruction[],
    lines: [] as ProgramSpec["lines"][number][],
    maps: [] as ProgramSpec["maps"][number][],
  };
  let slot = 0;
  for (const [index, [text, ...instructions]] of lines.entries()) {
    program.lines.push({ slot, fileNameOffset, textOffset: btf.string(text), line: 10 + index, column: 3 });
    for (const given of instructions) {
      const instruction = "map" in given ? given.instruction : given;
      if ("map" in given) program.maps.push({ slot, map: given.map });
      program.code.push(instruction);
      slot += isa.slotsOf(instruction);
    }
  }
  const used = new Set(program.maps.map(({ map }) => map));
  return {
    name: "wrong",
    license,
    maps: maps.filter(({ name }) => used.has(name)),
    config: [],
    programs: [
      {
        name: "wrong",
        hook: { kind: hook, target },
        code: isa.encode(program.code),
        maps: program.maps,
        relocations: [],
        functions: [],
        lines: program.lines,
      },
    ],
    btf: btf.encode(),
  };
}
