/** The conformance cases as the running kernel verifies and runs them: it is another reader of our bytes. */

import assert from "node:assert/strict";
import { createBtfBuilder } from "../btf/build.ts";
import { type KernelCollection, loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import type { CollectionSpec, MapReference } from "../spec/collection.ts";
import { assemble } from "./assemble.ts";
import { type ConformanceCase, conformanceCases, memoryOf, noCases } from "./conformance.testing.ts";
import { encode } from "./encode.ts";

/** Cases that the verifier refuses though the RFC says what they do, by name, and its words. All others must run. */
const refused: readonly { readonly name: RegExp; readonly reason: RegExp }[] = [
  // A constant count of a shift must be below the width; in a register its low bits are taken.
  { name: /^(arsh|lsh|rsh)(32|64)-imm-(high|neg)$/, reason: /invalid shift -?\d+$/ },
];

kernelTest("each case that the kernel accepts returns there what it should", (context) => {
  if (noCases) return context.skip(noCases);
  let accepted = 0;
  const unexpected: string[] = [];
  for (const one of conformanceCases) {
    const outcome = runInKernel(one);
    const rule = refused.find(({ name }) => name.test(one.name));
    if (typeof outcome === "bigint") {
      if (outcome !== BigInt(one.r0)) unexpected.push(`${one.name}: 0x${outcome.toString(16)}, not ${one.r0}`);
      accepted++;
    } else if (!rule?.reason.test(outcome)) {
      unexpected.push(`${one.name}: ${outcome}`);
    }
  }
  assert.deepEqual(unexpected, []);
  assert.ok(
    accepted > conformanceCases.length * 0.9,
    `the kernel accepted only ${accepted} of ${conformanceCases.length}`,
  );
});

/** Where the result and the input of a case are in the map. */
const inputOffset = 8;

/** What the case returns in all 64 bits, or why the kernel refuses it. */
function runInKernel(one: ConformanceCase): bigint | string {
  const input = memoryOf(one);
  let collection: KernelCollection | undefined;
  try {
    collection = loadCollection(collectionOf(one, input.length));
    const memory = collection.map("memory");
    memory.set(new Uint8Array(4), new Uint8Array([...new Uint8Array(inputOffset), ...input]));
    testRun(collection.programs.get("run")!);
    return Buffer.from(memory.get(new Uint8Array(4))!).readBigUInt64LE(0);
  } catch (error) {
    const { message, details = "" } = error as Error & { details?: string };
    return `${message} ${details.trim().split("\n").slice(-3).join(" | ")}`;
  } finally {
    collection?.close();
  }
}

/** The case as a function that is called with its input, and its result kept: a test run itself gives 32 bits of it. */
function collectionOf({ code }: ConformanceCase, inputBytes: number): CollectionSpec {
  const frame = encode(
    assemble(`
      ${inputBytes === 0 ? "lddw %r1, 0" : `lddw map_val_by_fd %r1, 0, ${inputOffset}`}
      mov %r2, ${inputBytes}
      call local +5
      lddw map_val_by_fd %r1, 0, 0
      stxdw [%r1], %r0
      mov %r0, 0
      exit`),
  );
  const memory = (slot: number, valueOffset: number): MapReference => ({ slot, map: "memory", valueOffset });
  const btf = createBtfBuilder();
  btf.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
  return {
    name: "case",
    license: "Dual MIT/GPL",
    maps: [
      {
        ...{ name: "memory", type: "array", keySizeBytes: 4, valueSizeBytes: inputOffset + inputBytes, maxEntries: 1 },
        ...{ flags: 0, keyTypeId: 0, valueTypeId: 0 },
      },
    ],
    config: [],
    programs: [
      {
        name: "run",
        hook: { kind: "rawTracepoint", target: "sys_enter" },
        code: new Uint8Array([...frame, ...Buffer.from(code, "hex")]),
        maps: [...(inputBytes === 0 ? [] : [memory(0, inputOffset)]), memory(4, 0)],
        relocations: [],
        functions: [],
        lines: [],
      },
    ],
    btf: btf.encode(),
  };
}
