import assert from "node:assert/strict";
import { add, mov } from "../../isa/alu.ts";
import { callHelper, exit } from "../../isa/call.ts";
import { type HelperName, type Instruction, r0, r1, r2, r3, r4, r5, r6, r10 } from "../../isa/index.ts";
import { load, load64, store, storeImmediate } from "../../isa/memory.ts";
import { kernelTest } from "../../kernel/kernel-tests.testing.ts";
import { type HookKind, type MapSpec, mapFlags } from "../../spec/index.ts";
import { mapSpec } from "../machine.testing.ts";
import { inKernel, inSandbox, type Step, specOf } from "./both-runtimes.testing.ts";

const frame = Uint8Array.from({ length: 64 }, (_, index) =>
  index === 12 ? 0x08 : index === 13 ? 0 : (index * 37) & 0xff,
);
frame.set([0x45, 0], 14);

/** Where programs leave what they found. */
const left: MapSpec = mapSpec({ name: "left", type: "array", valueSizeBytes: 128, maxEntries: 1 });

function same(
  kind: HookKind,
  steps: readonly Step[],
  label: string,
  maps: readonly MapSpec[] = [left],
  data = frame,
): void {
  const spec = specOf(kind, [mov.reg(r6, r1), ...steps], maps);
  assert.deepEqual(inSandbox(spec, "tried", data), inKernel(spec, "tried", data), label);
}

const call = (helper: HelperName, ...before: Step[]): Step[] => [...before, callHelper(helper)];
const context = mov.reg(r1, r6);
const done: Step[] = [exit()];
/** Keeps r0 in the map, and the verdict is 2: pass, for XDP. */
const keepResult = (offset: number): Step[] => [
  { register: r1, map: "left", valueOffset: offset },
  store(8, r1, 0, r0),
];
const signed = (value: number) => mov.imm(r2, value);

kernelTest("the head, tail and metadata of a frame move as far as the kernel lets them", () => {
  for (const delta of [-14, -216, -217, -1, 10, 50, 51, 64]) {
    same("xdp", [...call("bpf_xdp_adjust_head", context, signed(delta)), ...done], `head ${delta}`);
  }
  for (const delta of [-10, -50, -51, 1, 100, 3000, 3456, 3457, 4000]) {
    same("xdp", [...call("bpf_xdp_adjust_tail", context, signed(delta)), ...done], `tail ${delta}`);
  }
  for (const delta of [-4, -8, -6, -216, -220, -300, 4]) {
    same("xdp", [...call("bpf_xdp_adjust_meta", context, signed(delta)), ...done], `metadata ${delta}`);
  }
});

kernelTest("bytes of a frame are loaded and stored in range, and nowhere else", () => {
  const buffer = (): Step[] => [storeImmediate(8, r10, -8, 0x11223344), mov.reg(r3, r10), add.imm(r3, -8)];
  for (const hook of ["xdp", "tcxIngress"] as const) {
    const [loads, stores] =
      hook === "xdp"
        ? (["bpf_xdp_load_bytes", "bpf_xdp_store_bytes"] as const)
        : (["bpf_skb_load_bytes", "bpf_skb_store_bytes"] as const);
    for (const offset of [0, 20, 56, 57, 64, 1000, 65_535, 65_536, -1]) {
      const steps = [...buffer(), context, mov.imm(r2, offset), mov.imm(r4, 8), mov.imm(r5, 0)];
      same(hook, [...steps, callHelper(stores), ...done], `${stores} ${offset}`);
      const kept: Step[] = [...keepResult(0), load(8, r2, r10, -8), store(8, r1, 8, r2), mov.imm(r0, 2), exit()];
      same(hook, [...steps, callHelper(loads), ...kept], `${loads} ${offset}`);
    }
  }
  same("xdp", [...call("bpf_xdp_get_buff_len", context), ...done], "length");
});

kernelTest("differences of checksums are the kernel's", () => {
  const stack: Step[] = [
    storeImmediate(8, r10, -16, 0x7f00_0001),
    load64(r1, 0xfedcba9876543210n),
    store(8, r10, -8, r1),
  ];
  for (const [fromBytes, toBytes, seed] of [
    [4, 4, 0],
    [0, 8, 0],
    [8, 0, 0],
    [8, 4, 0x1234],
    [4, 8, 0x7fff_ffff],
    [0, 4, -1],
    [8, 8, -1],
    [0, 0, 77],
    [3, 4, 0],
    [7, 0, 0],
    [0, 5, 9],
  ] as const) {
    const from: Step[] = fromBytes === 0 ? [mov.imm(r1, 0)] : [mov.reg(r1, r10), add.imm(r1, -16)];
    const to: Step[] = toBytes === 0 ? [mov.imm(r3, 0)] : [mov.reg(r3, r10), add.imm(r3, -8)];
    const steps = [...stack, ...from, mov.imm(r2, fromBytes), ...to, mov.imm(r4, toBytes), mov.imm(r5, seed)];
    same(
      "tcxIngress",
      [...steps, callHelper("bpf_csum_diff"), ...keepResult(0), mov.imm(r0, 0), exit()],
      `${fromBytes} ${toBytes} ${seed}`,
    );
  }
});

kernelTest("checksums in headers are replaced as the kernel does", () => {
  for (const helper of ["bpf_l3_csum_replace", "bpf_l4_csum_replace"] as const) {
    for (const [offset, from, to, flags] of [
      [24, 0x0100007f, 0x0200007f, 4],
      [24, 0x1234, 0x4321, 2],
      [24, 0, 0x4321_0001, 0],
      [24, 1, 0x4321, 0],
      [24, 1, 2, 3],
      [25, 1, 2, 2],
      [63, 1, 2, 2],
      [70_000, 1, 2, 2],
      [24, 1, 2, 0x12],
      [24, 1, 2, 0x22],
      [24, 1, 2, 0x102],
    ] as const) {
      const steps: Instruction[] = [
        context,
        mov.imm(r2, offset),
        mov.imm(r3, from),
        mov.imm(r4, to),
        mov.imm(r5, flags),
      ];
      same("tcxIngress", [...steps, callHelper(helper), ...done], `${helper} ${offset} ${flags}`);
    }
  }
});

kernelTest("packets grow and shrink, and take VLAN tags", () => {
  for (const length of [20, 64, 100, 13, 1_000_000]) {
    same(
      "tcxIngress",
      [...call("bpf_skb_change_tail", context, mov.imm(r2, length), mov.imm(r3, 0)), ...done],
      `tail ${length}`,
    );
  }
  for (const [room, flags] of [
    [4, 0],
    [14, 0],
    [0, 0],
    [14, 1],
  ] as const) {
    same(
      "tcxIngress",
      [...call("bpf_skb_change_head", context, mov.imm(r2, room), mov.imm(r3, flags)), ...done],
      `head ${room}`,
    );
  }
  for (const length of [0, 64, 65]) {
    same("tcxIngress", [...call("bpf_skb_pull_data", context, mov.imm(r2, length)), ...done], `pull ${length}`);
  }
  const push = call("bpf_skb_vlan_push", context, mov.imm(r2, 0x0081), mov.imm(r3, 0x123));
  const pop = call("bpf_skb_vlan_pop", context);
  const tags: Step[] = [
    ...keepResult(0),
    load(4, r2, r6, 20),
    store(4, r1, 8, r2),
    load(4, r2, r6, 24),
    store(4, r1, 12, r2),
    load(4, r2, r6, 0),
    store(4, r1, 16, r2),
    mov.imm(r0, 0),
    exit(),
  ];
  for (const [label, steps] of Object.entries({
    push,
    pop,
    "push push": [...push, ...push],
    "push pop": [...push, ...pop],
    "push push pop": [...push, ...push, ...pop],
    "push push pop pop": [...push, ...push, ...pop, ...pop],
  })) {
    same("tcxIngress", [...steps, ...tags], label);
  }
});

kernelTest("numbers are read from text", () => {
  for (const helper of ["bpf_strtol", "bpf_strtoul"] as const) {
    for (const [text, flags] of [
      ["123", 0],
      [" -42 x", 10],
      ["0x1f", 0],
      ["0x1f", 16],
      ["ff", 16],
      ["077", 0],
      ["078", 8],
      ["99", 8],
      ["-1", 0],
      ["abc", 10],
      ["", 10],
      ["12", 7],
      ["9999999", 0],
      ["0x", 0],
      ["+5", 0],
    ] as const) {
      const bytes = new DataView(new ArrayBuffer(8));
      for (const [index, letter] of [...text].entries()) bytes.setUint8(index, letter.charCodeAt(0));
      const steps: Step[] = [
        load64(r1, bytes.getBigUint64(0, true)),
        store(8, r10, -16, r1),
        storeImmediate(8, r10, -8, 0),
        mov.reg(r1, r10),
        add.imm(r1, -16),
        mov.imm(r2, 8),
        mov.imm(r3, flags),
        mov.reg(r4, r10),
        add.imm(r4, -8),
      ];
      const kept: Step[] = [...keepResult(0), load(8, r2, r10, -8), store(8, r1, 8, r2), mov.imm(r0, 0), exit()];
      same("tcxIngress", [...steps, callHelper(helper), ...kept], `${helper} ${text} ${flags}`);
    }
  }
});

kernelTest("texts are formatted and compared", () => {
  const formats = [
    "%d %u %x",
    "%5d|%-5d|%05d",
    "%lld %llx %#x",
    "%%%c%c",
    "%s",
    "%i %i %i %i",
    "%q",
    "%X %hhx %hd",
    "%pI4 %pi4",
  ];
  for (const format of formats) {
    const text = new Uint8Array(64);
    text.set(new TextEncoder().encode(format));
    const constant = mapSpec({
      name: "text",
      type: "array",
      valueSizeBytes: 64,
      maxEntries: 1,
      flags: mapFlags.readOnlyInProgram,
      initial: text,
      frozen: true,
    });
    const arguments_: Step[] = format.includes("%p")
      ? [
          mov.reg(r1, r10),
          add.imm(r1, -32),
          store(8, r10, -24, r1),
          store(8, r10, -16, r1),
          storeImmediate(8, r10, -32, 0x0100007f),
        ]
      : format === "%s"
        ? [{ register: r1, map: "text", valueOffset: 0 }, store(8, r10, -24, r1), storeImmediate(8, r10, -16, 1)]
        : [storeImmediate(8, r10, -24, -77), storeImmediate(8, r10, -16, 66)];
    const steps: Step[] = [
      ...arguments_,
      storeImmediate(8, r10, -8, 67),
      { register: r1, map: "left", valueOffset: 32 },
      mov.imm(r2, 24),
      { register: r3, map: "text", valueOffset: 0 },
      mov.reg(r4, r10),
      add.imm(r4, -24),
      mov.imm(r5, 24),
      callHelper("bpf_snprintf"),
      ...keepResult(0),
      { register: r1, map: "left", valueOffset: 32 },
      mov.imm(r2, 8),
      { register: r3, map: "text", valueOffset: 0 },
      callHelper("bpf_strncmp"),
      ...keepResult(8),
      mov.imm(r0, 0),
      exit(),
    ];
    const spec = specOf("tcxIngress", steps, [left, constant]);
    let wanted: unknown;
    try {
      wanted = inKernel(spec, "tried", frame);
    } catch {
      continue; // What the kernel's verifier refuses need not be the same here.
    }
    assert.deepEqual(inSandbox(spec, "tried", frame), wanted, format);
  }
});

kernelTest("packets are redirected by a verdict, and flags that are none are refused", () => {
  for (const [hook, interfaceIndex, flags] of [
    ["xdp", 1, 0],
    ["xdp", 1, 1],
    ["tcxIngress", 1, 0],
    ["tcxIngress", 1, 1],
    ["tcxIngress", 1, 2],
  ] as const) {
    // The verdict is kept in the map: a packet that the kernel really sent on would be gone.
    const steps = call("bpf_redirect", mov.imm(r1, interfaceIndex), mov.imm(r2, flags));
    const pass = hook === "xdp" ? 2 : 0;
    same(hook, [...steps, ...keepResult(0), mov.imm(r0, pass), exit()], `${hook} ${flags}`);
  }
  const devices = mapSpec({ name: "devices", type: "deviceMap", valueSizeBytes: 4, maxEntries: 2 });
  for (const [index, flags] of [
    [0, 0],
    [1, 2],
    [7, 1],
    [0, 4],
    [0, 32],
  ] as const) {
    const steps: Step[] = [{ register: r1, map: "devices" }, mov.imm(r2, index), mov.imm(r3, flags)];
    const kept: Step[] = [...keepResult(0), mov.imm(r0, 2), exit()];
    same("xdp", [...steps, callHelper("bpf_redirect_map"), ...kept], `${index} ${flags}`, [left, devices]);
  }
});

kernelTest("bytes are loaded from the link header or from the network header on", () => {
  for (const hook of ["tcxIngress", "cgroupSkbIngress"] as const) {
    for (const [offset, from] of [
      [0, 0],
      [0, 1],
      [12, 0],
      [44, 1],
      [45, 1],
      [0, 2],
    ] as const) {
      if (hook === "cgroupSkbIngress" && from === 0) continue;
      const steps: Step[] = [
        storeImmediate(8, r10, -8, 0x11223344),
        context,
        mov.imm(r2, offset),
        mov.reg(r3, r10),
        add.imm(r3, -8),
        mov.imm(r4, 6),
        mov.imm(r5, from),
        callHelper("bpf_skb_load_bytes_relative"),
        ...keepResult(0),
        load(8, r2, r10, -8),
        store(8, r1, 8, r2),
        mov.imm(r0, 1),
        exit(),
      ];
      same(hook, steps, `${hook} ${offset} ${from}`);
    }
  }
});

kernelTest("hashes and types of packets are set, and their sums are not", () => {
  const keepMember = (member: number, offset: number): Step[] => [load(4, r2, r6, member), store(4, r1, offset, r2)];
  const pass: Step[] = [mov.imm(r0, 0), exit()];
  for (const type of [0, 1, 3, 4]) {
    const steps = call("bpf_skb_change_type", context, mov.imm(r2, type));
    same("tcxIngress", [...steps, ...keepResult(0), ...keepMember(4, 8), ...pass], `type ${type}`);
  }
  const set = call("bpf_set_hash", context, mov.imm(r2, 0x1234));
  same("tcxIngress", [...set, ...keepResult(0), ...keepMember(68, 8), ...pass], "hash");
  const recalculated = [...set, ...call("bpf_get_hash_recalc", context)];
  same("tcxIngress", [...recalculated, ...keepResult(0), ...pass], "hash again");
  const cleared = [...set, ...call("bpf_set_hash_invalid", context)];
  same("tcxIngress", [...cleared, ...keepResult(0), ...keepMember(68, 8), ...pass], "no hash");
  same("tcxIngress", [...call("bpf_csum_update", context, mov.imm(r2, 5)), ...keepResult(0), ...pass], "sum");
});

kernelTest("memory of the kernel is read, as bytes and as text", () => {
  const text = new Uint8Array(16);
  text.set(new TextEncoder().encode("hello"));
  const source = mapSpec({ name: "source", type: "array", valueSizeBytes: 16, maxEntries: 1, initial: text });
  for (const helper of [
    "bpf_probe_read_kernel",
    "bpf_probe_read_kernel_str",
    "bpf_probe_read_user",
    "bpf_probe_read_user_str",
  ] as const) {
    for (const [size, address] of [
      [16, "source"],
      [4, "source"],
      [1, "source"],
      [6, "source"],
      [16, "nothing"],
    ] as const) {
      if (helper.includes("user") && address === "source") continue;
      const from: Step = address === "source" ? { register: r3, map: "source", valueOffset: 0 } : mov.imm(r3, 0);
      const steps: Step[] = [
        storeImmediate(8, r10, -16, 0x11223344),
        storeImmediate(8, r10, -8, 0x55667788),
        mov.reg(r1, r10),
        add.imm(r1, -16),
        mov.imm(r2, size),
        from,
        callHelper(helper),
        ...keepResult(0),
        load(8, r2, r10, -16),
        store(8, r1, 8, r2),
        load(8, r2, r10, -8),
        store(8, r1, 16, r2),
        mov.imm(r0, 0),
        exit(),
      ];
      same("tcxIngress", steps, `${helper} ${size} ${address}`, [left, source]);
    }
  }
});

kernelTest("a ring buffer tells its size and positions", () => {
  const ring = mapSpec({ name: "ring", type: "ringBuffer", keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 });
  const output = (size: number, flags: number): Step[] => [
    { register: r1, map: "ring" },
    { register: r2, map: "left", valueOffset: 0 },
    mov.imm(r3, size),
    mov.imm(r4, flags),
    callHelper("bpf_ringbuf_output"),
  ];
  const query = (what: number): Step[] => [
    { register: r1, map: "ring" },
    mov.imm(r2, what),
    callHelper("bpf_ringbuf_query"),
    ...keepResult(8 + what * 8),
  ];
  for (const [size, flags] of [
    [16, 0],
    [17, 1],
    [100, 2],
    [16, 4],
    [0, 0],
  ] as const) {
    const asked = [0, 1, 2, 3, 4].flatMap(query);
    const steps: Step[] = [...output(size, flags), ...keepResult(0), ...asked, mov.imm(r0, 0), exit()];
    same("tcxIngress", steps, `${size} ${flags}`, [left, ring]);
  }
});
