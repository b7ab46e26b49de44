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

test("a member that lies elsewhere in another flavour of its structure is none that can be read", () => {
  const reading = (flavours: string) =>
    compileText(`${flavours}
      export const seen = arrayMap({ value: u64, maxEntries: 1 });
      export const run = rawTracepoint("sys_enter", (): void => {
        const out = seen.get(0);
        if (out === null) return;
        out.value = u64(currentTask<task_struct>().tgid);
        if (out.value === 0n) out.value = u64(currentTask<task_struct___old>().tgid);
      });`);
  const verdictOf = (flavours: string) => {
    const collection = reading(flavours);
    return verifyProgram(collection, collection.programs[0]!);
  };
  const now = "interface task_struct extends KernelStruct { readonly tgid: i32 }";
  const same = "interface task_struct___old extends KernelStruct { readonly tgid: i32 }";
  const moved = "interface task_struct___old extends KernelStruct { readonly state: u64; readonly tgid: i32 }";
  assert.equal(verdictOf(`${now}\n${same}`).accepted, true);
  const verdict = verdictOf(`${now}\n${moved}`);
  assert.ok(!verdict.accepted);
  assert.equal(verdict.refusal.kind, "kernelLacks");
  assert.match(verdict.refusal.message, /^there is no task_struct(___old)?\.tgid/);
  assert.match(verdict.refusal.remedy, /exists\(\)/);
});
