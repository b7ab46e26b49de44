/** What a collection may ask of the kernel, each in a program of a few instructions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createBtfBuilder } from "../btf/index.ts";
import { u32 } from "../bytes/index.ts";
import { mov } from "../isa/alu.ts";
import { callHelper, callKernelFunction, exit } from "../isa/call.ts";
import { encode } from "../isa/encode.ts";
import { type Instruction, r0, r1, r2, r3, r6 } from "../isa/instruction.ts";
import { jeq } from "../isa/jump.ts";
import { load, load64, loadMap, loadMapValue, store } from "../isa/memory.ts";
import type { CollectionSpec, MapSpec, ProgramSpec } from "../spec/index.ts";
import { loadCollection } from "./collection.ts";
import { kernelConfig, kernelVersionNumber, parseKernelConfig } from "./kernel-config.ts";
import { kernelAddress, kernelFunctionsLike } from "./kernel-symbols.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { innerMap } from "./special-maps.ts";
import { testRun } from "./test-run.ts";

function program(code: readonly Instruction[], more: Partial<ProgramSpec> = {}): ProgramSpec {
  return {
    name: "main",
    hook: { kind: "syscall", target: "" },
    code: encode([...code]),
    maps: [],
    relocations: [],
    functions: [],
    lines: [],
    ...more,
  };
}

function collection(programs: readonly ProgramSpec[], more: Partial<CollectionSpec> = {}): CollectionSpec {
  return {
    name: "contract",
    license: "GPL",
    maps: [],
    config: [],
    programs,
    btf: createBtfBuilder().encode(),
    ...more,
  };
}

/** Runs the program `main` once: what it returned, and the first word of its context afterwards. */
function run(spec: CollectionSpec): { returned: number; word: bigint } {
  const loaded = loadCollection(spec);
  try {
    const { returnValue, context } = testRun(loaded.program("main"), [0n]);
    return { returned: returnValue, word: new DataView(context.buffer).getBigUint64(0, true) };
  } finally {
    loaded.close();
  }
}

const map = (name: string, more: Partial<MapSpec>): MapSpec => ({
  name,
  type: "array",
  keySizeBytes: 4,
  valueSizeBytes: 8,
  maxEntries: 1,
  flags: 0,
  keyTypeId: 0,
  valueTypeId: 0,
  ...more,
});

kernelTest("a map begins with its value, and a frozen one is a constant to the verifier", () => {
  const initial = Uint8Array.of(42, 0, 0, 0, 0, 0, 0, 0);
  const code = [loadMapValue(r1, 0, 0), load(4, r0, r1, 0), exit()];
  // .rodata is read-only from the program too (BPF_F_RDONLY_PROG): the value is known when it is verified.
  const maps = [map(".rodata", { initial, frozen: true, flags: 1 << 7 })];
  const spec = collection([program(code, { maps: [{ slot: 0, map: ".rodata", valueOffset: 0 }] })], { maps });
  assert.equal(run(spec).returned, 42);
  const loaded = loadCollection(spec);
  assert.throws(() => loaded.map(".rodata").set(u32.encode(0), initial), { code: "BPF_NOT_PERMITTED" });
  loaded.close();
});

kernelTest("values of the kernel's configuration are written before the program is loaded", () => {
  const code = [loadMapValue(r2, 0, 0), load(8, r3, r2, 0), store(8, r1, 0, r3), mov.imm(r0, 0), exit()];
  const reference = { map: ".kconfig", offset: 0, weak: false } as const;
  const spec = (name: string, sizeBytes: 4 | 8, weak = false) =>
    collection([program(code, { maps: [{ slot: 0, map: ".kconfig", valueOffset: 0 }] })], {
      maps: [map(".kconfig", { frozen: true })],
      kernelConfig: [{ ...reference, name, sizeBytes, weak }],
    });
  assert.equal(run(spec("LINUX_KERNEL_VERSION", 4)).word, BigInt(kernelVersionNumber()));
  if (kernelConfig().has("CONFIG_HZ"))
    assert.equal(run(spec("CONFIG_HZ", 8)).word, BigInt(kernelConfig().get("CONFIG_HZ")!));
  assert.equal(run(spec("CONFIG_OF_NO_KERNEL", 8, true)).word, 0n);
  assert.throws(() => run(spec("CONFIG_OF_NO_KERNEL", 8)), { code: "KERNEL_CONFIG_OPTION" });
});

test("a kernel's configuration and version are read from their texts", () => {
  const config = parseKernelConfig('CONFIG_HZ=250\n# CONFIG_KPROBES is not set\nCONFIG_LSM="bpf"\n');
  assert.deepEqual(
    [...config],
    [
      ["CONFIG_HZ", "250"],
      ["CONFIG_LSM", '"bpf"'],
    ],
  );
  assert.equal(kernelVersionNumber("6.1.57-amd64"), 0x060139);
  assert.equal(kernelVersionNumber("6.18.300"), 0x0612ff);
});

kernelTest("functions of the kernel are called; a weak one that is absent must not be reached", () => {
  const lock = [callKernelFunction(0), callKernelFunction(0), mov.imm(r0, 5), exit()];
  const kernelFunctions = [
    { slot: 0, name: "bpf_rcu_read_lock", weak: false },
    { slot: 1, name: "bpf_rcu_read_unlock", weak: false },
  ];
  assert.equal(run(collection([program(lock, { kernelFunctions })])).returned, 5);
  const absent = [{ slot: 2, name: "bpf_of_no_kernel", weak: true }];
  const jumpsOver = [mov.imm(r0, 1), jeq.imm(r0, 1, 1), callKernelFunction(0), exit()];
  assert.equal(run(collection([program(jumpsOver, { kernelFunctions: absent })])).returned, 1);
  const reaches = [mov.imm(r0, 1), mov.imm(r0, 1), callKernelFunction(0), exit()];
  assert.throws(
    () => run(collection([program(reaches, { kernelFunctions: absent })])),
    /this kernel has no function bpf_of_no_kernel/,
  );
  assert.throws(() => run(collection([program(reaches, { kernelFunctions: [{ ...absent[0]!, weak: false }] })])), {
    code: "KERNEL_SYMBOL_ABSENT",
    message: "this kernel has no function bpf_of_no_kernel, which main uses",
  });
});

kernelTest("addresses of the kernel's symbols are filled in; a weak one that is absent is zero", () => {
  const code = [load64(r2, 0n), store(8, r1, 0, r2), mov.imm(r0, 0), exit()];
  const spec = (name: string, weak: boolean) =>
    collection([program(code, { kernelSymbols: [{ slot: 0, name, weak, typed: false }] })]);
  const [name] = kernelFunctionsLike("schedule");
  assert.equal(name, "schedule");
  assert.equal(run(spec("schedule", false)).word, kernelAddress("schedule"));
  assert.equal(run(spec("of_no_kernel", true)).word, 0n);
  assert.throws(() => run(spec("of_no_kernel", false)), { code: "KERNEL_SYMBOL_ABSENT" });
});

kernelTest("program arrays and maps of maps are filled from the start", () => {
  const tailCall = [mov.reg(r6, r1), loadMap(r2, 0), mov.imm(r3, 2), callHelper(12), mov.imm(r0, 1), exit()];
  const spec = collection(
    [
      program(tailCall, { maps: [{ slot: 1, map: "jumps" }], hook: { kind: "tcxIngress", target: "" } }),
      program([mov.imm(r0, 77), exit()], { name: "next", hook: { kind: "tcxIngress", target: "" } }),
    ],
    {
      maps: [
        map("jumps", { type: "programArray", valueSizeBytes: 4, maxEntries: 3, entries: [{ index: 2, name: "next" }] }),
        map("held", { initial: Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0) }),
        map("outer", {
          type: "arrayOfMaps",
          valueSizeBytes: 4,
          maxEntries: 2,
          inner: map("template", {}),
          entries: [{ index: 1, name: "held" }],
        }),
      ],
    },
  );
  const loaded = loadCollection(spec);
  try {
    assert.equal(testRun(loaded.program("main"), { data: new Uint8Array(64) }).returnValue, 77);
    const held = innerMap(loaded.map("outer"), 1)!;
    assert.equal(held.get(u32.encode(0))?.[0], 9);
    held.close();
    // A map that is there already takes the place of the collection's own, and is not closed with it.
    const again = loadCollection(spec, { maps: { held: loaded.map("held") } });
    again.close();
    assert.equal(loaded.map("held").get(u32.encode(0))?.[0], 9);
  } finally {
    loaded.close();
  }
  assert.throws(() => loadCollection(spec, { maps: { other: undefined! } }), { code: "MAP_UNKNOWN" });
});
