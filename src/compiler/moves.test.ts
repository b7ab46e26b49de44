import assert from "node:assert/strict";
import { test } from "node:test";
import type { Register } from "../isa/index.ts";
import { sequence } from "./moves.ts";

const move = (to: Register, reads: Register) => ({ to, from: `r${reads}`, reads });
const shown = (moves: ReturnType<typeof move>[], free?: Register) =>
  sequence(moves, free)?.map(({ kind, to, from }) => `r${to} = ${kind === "copy" ? `r${from}` : from}`);

test("a register is read before it is overwritten", () => {
  assert.deepEqual(shown([move(1, 2), move(2, 3)]), ["r1 = r2", "r2 = r3"]);
  assert.deepEqual(shown([move(2, 1), move(3, 2)]), ["r3 = r2", "r2 = r1"]);
});

test("a value that stays where it is costs nothing", () => {
  assert.deepEqual(shown([move(1, 1)]), []);
});

test("a cycle goes through a free register, and cannot do without one", () => {
  assert.deepEqual(shown([move(1, 2), move(2, 1)], 0), ["r0 = r1", "r1 = r2", "r2 = r0"]);
  assert.equal(shown([move(1, 2), move(2, 1)]), undefined);
});

test("a constant waits for the last reader of its register", () => {
  const moves = [{ to: 1 as const, from: "7" }, move(2, 1)];
  assert.deepEqual(
    sequence(moves, undefined)?.map(({ to, from }) => `r${to} = ${from}`),
    ["r2 = r1", "r1 = 7"],
  );
});
