/** Arithmetic, conditions and atomic operations of both engines, against what the table of instructions says that they mean. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as isa from "../isa/index.ts";
import { programOf } from "./code.testing.ts";
import type { SandboxProgram } from "./sandbox.ts";

const engines = ["interpreter", "wasm"] as const;
const interesting = [0n, 1n, 2n, 7n, 31n, 32n, 63n, 64n, 0x7fn, 0x80n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn];
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(...interesting, ...interesting.map((one) => BigInt.asUintN(64, -one)), 2n ** 63n, 2n ** 63n - 1n),
);
const immediates = [0, 1, -1, 3, 10, 31, 63, 255, 0x7fffffff, -0x80000000];

/** Runs a program on two numbers. */
function onTwo(program: SandboxProgram, one: bigint, other: bigint): bigint {
  const memory = new Uint8Array(16);
  const view = new DataView(memory.buffer);
  view.setBigUint64(0, one, true);
  view.setBigUint64(8, other, true);
  return program.call(memory);
}

/** r1 and r2 are the two numbers; what `steps` leave in r0 is the result. */
const withTwo = (steps: readonly isa.Instruction[]) =>
  isa.encode([isa.mov.reg(6, 1), isa.load(8, 1, 6, 0), isa.load(8, 2, 6, 8), ...steps, isa.exit()]);

function agree(
  steps: readonly isa.Instruction[],
  meaning: (one: bigint, other: bigint) => bigint,
  label: string,
): void {
  const programs = engines.map((engine) => programOf(withTwo(steps), { engine }));
  fc.assert(
    fc.property(number, number, (one, other) => {
      for (const [index, program] of programs.entries()) {
        assert.equal(onTwo(program, one, other), meaning(one, other), `${label}, ${engines[index]}`);
      }
    }),
    { numRuns: 60 },
  );
}

test("each operation of two registers means what the table says", () => {
  for (const operation of isa.aluOperations) {
    agree([operation.reg(1, 2), isa.mov.reg(0, 1)], operation.apply, operation.name);
    if (operation.name !== "movsx32") {
      agree([operation.reg32(1, 2), isa.mov.reg(0, 1)], operation.apply32, `${operation.name}32`);
    }
  }
});

test("each operation with an immediate means what the table says", () => {
  for (const operation of isa.aluOperations.filter(({ name }) => !name.startsWith("movsx"))) {
    for (const immediate of immediates) {
      const wide = BigInt.asUintN(64, BigInt(immediate));
      const label = `${operation.name} ${immediate}`;
      agree([operation.imm(1, immediate), isa.mov.reg(0, 1)], (one) => operation.apply(one, wide), label);
      agree([operation.imm32(1, immediate), isa.mov.reg(0, 1)], (one) => operation.apply32(one, wide), `${label}, 32`);
    }
  }
});

test("negation and byte swaps mean what the table says", () => {
  for (const operation of isa.unaryOperations) {
    agree([operation.on(1), isa.mov.reg(0, 1)], operation.apply, operation.name);
  }
});

test("each condition is taken when the table says so", () => {
  for (const condition of isa.conditions) {
    const taken = (jump: isa.Instruction) => [isa.mov.imm(0, 1), jump, isa.mov.imm(0, 0)];
    const asNumber = (holds: (one: bigint, other: bigint) => boolean) => (one: bigint, other: bigint) =>
      BigInt(holds(one, other));
    agree(taken(condition.reg(1, 2, 1)), asNumber(condition.apply), condition.name);
    agree(taken(condition.reg32(1, 2, 1)), asNumber(condition.apply32), `${condition.name}32`);
    for (const immediate of immediates) {
      const wide = BigInt.asUintN(64, BigInt(immediate));
      agree(
        taken(condition.imm(1, immediate, 1)),
        asNumber((one) => condition.apply(one, wide)),
        condition.name,
      );
    }
  }
});

test("each atomic operation leaves in memory and in its register what the table says", () => {
  for (const size of [4, 8] as const) {
    for (const operation of isa.atomicOperations) {
      const label = `${operation.name}, ${size} bytes`;
      const inMemory = [operation.fetch(size, 6, 0, 2), isa.load(size, 0, 6, 0)];
      agree(inMemory, (one, other) => operation.apply(BigInt.asUintN(8 * size, one), other, size), label);
      agree([operation.fetch(size, 6, 0, 2), isa.mov.reg(0, 2)], (one) => BigInt.asUintN(8 * size, one), label);
    }
  }
});
