/** What the compiler makes of loops that the kernel counts, and of records, is accepted; and what it can break is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText, programText } from "../../compiler/compile.testing.ts";
import { verifyOrThrow, verifyProgram } from "./index.ts";

const accepted = (body: string, before = "") => {
  const collection = compileText(programText({ body, before }));
  return verifyOrThrow(collection, collection.programs[0]!);
};

test("numbers that the kernel counts", () => {
  accepted("for (const turn of numbers(0, u32(a))) out.words[0] += u64(turn);");
});

test("a step that is repeated", () => {
  accepted(
    "repeat(u32(a), step);",
    "function step(index: u32): boolean { const out = result.get(0); if (out === null) return false; out.count = index; return true; }",
  );
});

test("a loop with a count that is known", () => {
  accepted("for (const turn of range(32)) out.data.store(u8, turn, 1);");
});

test("iterators are begun, asked and ended in order", () => {
  const collection = compileText(
    programText({ body: "for (const turn of numbers(0, u32(a))) out.words[0] += u64(turn);" }),
  );
  const [program] = collection.programs;
  const calls = program!.kernelFunctions!;
  const swapped = (name: string, other: string) =>
    calls.map((call) => (call.name === name ? { ...call, name: other } : call));
  const refusedBy = (kernelFunctions: typeof calls) => {
    const verdict = verifyProgram(collection, { ...program!, kernelFunctions });
    return verdict.accepted ? undefined : verdict.refusal.kind;
  };
  assert.equal(refusedBy(swapped("bpf_iter_num_new", "bpf_iter_num_destroy")), "iterator");
  assert.equal(refusedBy(swapped("bpf_iter_num_destroy", "bpf_iter_num_new")), "iterator");
  assert.equal(refusedBy(swapped("bpf_iter_num_new", "bpf_never_heard_of")), "kernelFunction");
  assert.equal(refusedBy([]), "kernelFunction");
});
