/**
 * Each rule from both sides: of every pair of programs the right one is accepted, and the wrong one refused in the words of
 * `refusals.txt` (UPDATE_SNAPSHOTS=1 writes it).
 */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assembled } from "./assembled.testing.ts";
import { type Verdict, verifyProgram } from "./index.ts";
import { type Pair, pairs, sideOf } from "./pairs.testing.ts";
import { rules } from "./refusal.ts";

const snapshot = fileURLToPath(new URL("../../../../src/vm/verifier/refusals.txt", import.meta.url));

const verdicts = new Map<string, Verdict>();

function verdictOf(pair: Pair, side: "right" | "wrong"): Verdict {
  const text = sideOf(pair, side);
  const key = `${pair.hook} ${pair.license} ${text}`;
  const { collection, program } = assembled(text, pair);
  const verdict = verdicts.get(key) ?? verifyProgram(collection, program);
  verdicts.set(key, verdict);
  return verdict;
}

test("the right one of each pair is accepted", () => {
  const unexpected = pairs.flatMap((pair) => {
    const verdict = verdictOf(pair, "right");
    return verdict.accepted ? [] : [`${pair.title}: ${verdict.refusal.kind}: ${verdict.refusal.message}`];
  });
  assert.deepEqual(unexpected, []);
});

test("the wrong one of each pair is refused by its rule", () => {
  const unexpected = pairs.flatMap((pair) => {
    const verdict = verdictOf(pair, "wrong");
    if (!verdict.accepted && verdict.refusal.kind === pair.rule) return [];
    const instead = verdict.accepted ? "accepted" : `${verdict.refusal.kind}: ${verdict.refusal.message}`;
    return [`${pair.title} (${pair.rule}): ${instead}`];
  });
  assert.deepEqual(unexpected, []);
  assert.ok(pairs.length >= 150, `there are ${pairs.length} pairs`);
});

test("what is said of the wrong ones is written down (UPDATE_SNAPSHOTS=1 writes it)", () => {
  const said = pairs.map((pair) => {
    const verdict = verdictOf(pair, "wrong");
    if (verdict.accepted) return `# ${pair.title}\naccepted\n`;
    const { kind, slot, message, remedy } = verdict.refusal;
    return `# ${pair.title}\n${kind}, slot ${slot}: ${message}\n  ${remedy}\n`;
  });
  if (process.env["UPDATE_SNAPSHOTS"] === "1") writeFileSync(snapshot, said.join("\n"));
  assert.equal(said.join("\n"), readFileSync(snapshot, "utf8"));
});

/** Rules that only programs of a compiler can break: tests of their own have them. */
const elsewhere: ReadonlySet<string> = new Set(["kernelFunction", "iterator", "kernelLacks"]);

test("every rule has a pair", () => {
  const covered = new Set(pairs.map(({ rule }) => rule));
  assert.deepEqual(
    Object.keys(rules).filter((rule) => !covered.has(rule as Pair["rule"]) && !elsewhere.has(rule)),
    [],
  );
});
