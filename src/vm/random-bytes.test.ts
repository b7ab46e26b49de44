/** Bytes that nobody wrote for it, as code, as an object file, as a compiled collection: refused, or faults; nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { collectionFromElf, elfFromCollection } from "../elf/index.ts";
import { TarsierError } from "../errors/error.ts";
import type { CollectionSpec } from "../spec/index.ts";
import { collectionFromJson, collectionToJson } from "../spec/index.ts";
import { collectionOf } from "./code.testing.ts";
import { SandboxFault } from "./faults.ts";
import { engines } from "./faulty.testing.ts";
import { loadSandbox } from "./sandbox.ts";
import { assembled } from "./verifier/assembled.testing.ts";
import { verifyProgram } from "./verifier/index.ts";

/** Time and random numbers are the same in both engines, as a changed byte may call for them. */
const surroundings = { now: () => 5n, random: () => 0x1234567 };

/** What comes of it in each engine: a result, or the error that is told. Anything that is no error of ours is thrown on. */
function endsOf(spec: CollectionSpec): string[] {
  return engines.map((engine) => {
    try {
      const sandbox = loadSandbox(spec, { engine, limit: 2000, surroundings });
      return [...sandbox.programs.values()].map((program) => String(program.call(new Uint8Array(64)))).join();
    } catch (error) {
      if (!(error instanceof TarsierError) || error.kind === "bug") throw error;
      if (error instanceof SandboxFault) assert.match(error.message, /, instruction \d+: /);
      return error.message;
    }
  });
}

function assertAlike(spec: CollectionSpec): void {
  const [interpreted, compiled] = endsOf(spec);
  assert.equal(compiled, interpreted);
  for (const program of spec.programs) verifyProgram(spec, program, { budget: 2000 });
}

const numRuns = 300;

test("bytes at random are no program, or end as they should", () => {
  const code = fc.uint8Array({ minLength: 0, maxLength: 128 });
  fc.assert(
    fc.property(code, (bytes) => assertAlike(collectionOf(bytes))),
    { numRuns },
  );
});

/** Opcodes that exist, with fields at random, are mostly programs. */
const instruction = fc
  .tuple(
    fc.constantFrom(
      0x07,
      0x0f,
      0xb7,
      0xbf,
      0x18,
      0x61,
      0x63,
      0x79,
      0x7b,
      0x72,
      0xdb,
      0xc3,
      0x85,
      0x8d,
      0x95,
      0x05,
      0x15,
      0x2d,
      0xad,
      0x06,
    ),
    fc.integer({ min: 0, max: 10 }),
    fc.integer({ min: 0, max: 10 }),
    fc.integer({ min: -8, max: 8 }),
    fc.oneof(fc.integer({ min: -4, max: 220 }), fc.integer()),
  )
  .map(([opcode, dst, src, offset, imm]) => {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setUint8(0, opcode);
    bytes.setUint8(1, dst | (src << 4));
    bytes.setInt16(2, offset, true);
    bytes.setInt32(4, imm, true);
    return [...new Uint8Array(bytes.buffer)];
  });

test("instructions with fields at random are no program, or end as they should", () => {
  fc.assert(
    fc.property(fc.array(instruction, { maxLength: 24 }), (list) =>
      assertAlike(collectionOf(Uint8Array.from([...list.flat(), 0x95, 0, 0, 0, 0, 0, 0, 0]))),
    ),
    { numRuns: 2 * numRuns },
  );
});

test("a program with bytes changed is no program, or ends as it should", () => {
  const { collection, program } = assembled(
    "stdw [%r10-8], 0; mov %r2, %r10; add %r2, -8; map flows %r1; call 1; jne %r0, 0, +2; mov %r0, 1; exit; lock add [%r0+8], %r0; call local +1; exit; mov %r0, 5; exit",
    { hook: "syscall" },
  );
  const change = fc.tuple(fc.nat(program.code.byteLength - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const code = program.code.slice();
      for (const [at, byte] of changes) code[at] = byte;
      assertAlike({ ...collection, programs: [{ ...program, code }] });
    }),
    { numRuns: 2 * numRuns },
  );
});

/** Reads what was changed; what can be read is loaded and run. */
function readAndRun(read: () => CollectionSpec): void {
  let spec: CollectionSpec;
  try {
    spec = read();
  } catch (error) {
    if (!(error instanceof TarsierError) || error.kind === "bug") throw error;
    return;
  }
  endsOf(spec);
}

const { collection: right } = assembled("value global+0 %r1; ldxdw %r0, [%r1+0]; exit", { hook: "xdp" });

test("an object file with bytes changed is refused, or is a collection", () => {
  const elf = elfFromCollection(assembled("map flows %r1; mov %r0, 3; exit", { hook: "xdp" }).collection);
  const change = fc.tuple(fc.nat(elf.byteLength - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const bytes = elf.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      readAndRun(() => collectionFromElf(bytes, "changed.o"));
    }),
    { numRuns },
  );
});

test("a stored collection that was cut is refused", () => {
  const text = collectionToJson(right);
  fc.assert(
    fc.property(fc.nat(text.length - 1), (length) => {
      assert.throws(() => collectionFromJson(text.slice(0, length), "cut.json"), { code: "COLLECTION_UNREADABLE" });
    }),
    { numRuns },
  );
});
