import assert from "node:assert/strict";
import { createBtfBuilder } from "../btf/index.ts";
import { add, mov } from "../isa/alu.ts";
import { exit } from "../isa/call.ts";
import { encode } from "../isa/encode.ts";
import { type Instruction, r0, r1, r2, r3 } from "../isa/instruction.ts";
import { load, store } from "../isa/memory.ts";
import type { HookKind } from "../spec/index.ts";
import { type KernelCollection, loadCollection } from "./collection.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { testRun } from "./test-run.ts";

function withProgram(kind: HookKind, code: readonly Instruction[], use: (collection: KernelCollection) => void): void {
  const program = { name: "tried", hook: { kind, target: "" }, maps: [], relocations: [], functions: [], lines: [] };
  const collection = loadCollection({
    name: "tried",
    license: "GPL",
    maps: [],
    config: [],
    programs: [{ ...program, code: encode([...code]) }],
    btf: createBtfBuilder().encode(),
  });
  try {
    use(collection);
  } finally {
    collection.close();
  }
}

const packet = Uint8Array.from({ length: 64 }, (_, index) => index);

kernelTest("a packet program is run on a packet, many times, and gives the packet back", () => {
  withProgram("tcxIngress", [mov.imm(r0, 7), exit()], (collection) => {
    const { returnValue, durationNs, data } = testRun(collection.program("tried"), { data: packet, repeat: 10_000 });
    assert.equal(returnValue, 7);
    assert.ok(durationNs < 10_000, `${durationNs} ns`);
    assert.deepEqual(data, packet);
  });
});

kernelTest("the context goes in and comes out: the mark of a packet", () => {
  const markOffset = 8;
  const code = [load(4, r2, r1, markOffset), mov.reg(r0, r2), add.imm(r2, 5), store(4, r1, markOffset, r2), exit()];
  withProgram("tcxIngress", code, (collection) => {
    const context = new Uint8Array(192);
    new DataView(context.buffer).setUint32(markOffset, 100, true);
    const result = testRun(collection.program("tried"), { data: packet, context });
    assert.equal(result.returnValue, 100);
    assert.equal(new DataView(result.context.buffer).getUint32(markOffset, true), 105);
  });
});

kernelTest("a syscall program reads its context and writes to it", () => {
  const code = [load(8, r3, r1, 0), add.imm(r3, 1), store(8, r1, 8, r3), mov.imm(r0, 3), exit()];
  withProgram("syscall", code, (collection) => {
    const result = testRun(collection.program("tried"), [41n, 0n]);
    assert.equal(result.returnValue, 3);
    assert.equal(new DataView(result.context.buffer).getBigUint64(8, true), 42n);
  });
});

kernelTest("programs of cgroups and filters of sockets run on packets, XDP too", () => {
  for (const kind of ["cgroupSkbIngress", "socketFilter", "xdp"] as const) {
    withProgram(kind, [mov.imm(r0, 1), exit()], (collection) => {
      assert.equal(testRun(collection.program("tried"), { data: packet, repeat: 10 }).returnValue, 1, kind);
    });
  }
});

kernelTest("what no kernel runs on request is refused by its kind", () => {
  withProgram("socketOps", [mov.imm(r0, 1), exit()], (collection) => {
    assert.throws(() => testRun(collection.program("tried")), {
      code: "TEST_RUN_TYPE",
      message: "cannot run tried: no kernel runs socketOps programs on request; attach it and cause its event",
    });
  });
});
