/** A case in the sandbox and in the kernel: whether it is accepted, and what its runs leave. */

import { readFileSync } from "node:fs";
import { TarsierError } from "../../src/errors/error.ts";
import { loadCollection } from "../../src/kernel/collection.ts";
import { possibleProcessorCount } from "../../src/kernel/processors.ts";
import { testRun } from "../../src/kernel/test-run.ts";
import type { TestRunInput } from "../../src/spec/index.ts";
import { SandboxFault } from "../../src/vm/faults.ts";
import { cells, contextAt, registersAt } from "../../src/vm/layout.ts";
import { loadSandbox, type SandboxOptions } from "../../src/vm/sandbox.ts";
import { type Refusal, verifyProgram } from "../../src/vm/verifier/index.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import { contentsOf, firstEntries, hex, type Left, type RunLeft } from "./left-behind.ts";

/** Our verifier's word on all programs of a case: the bytes of context that they count on, or the first refusal. */
export type Judged = { readonly contextBytes: number } | { readonly refusal: Refusal };

export function judged({ spec }: FuzzCase): Judged {
  let contextBytes = 0;
  for (const program of spec.programs) {
    const verdict = verifyProgram(spec, program);
    if (!verdict.accepted) return { refusal: verdict.refusal };
    contextBytes = Math.max(contextBytes, verdict.facts.contextBytes);
  }
  return { contextBytes };
}

/** The processor that this process is bound to, if it is to one alone: then values of one processor can be compared. */
export function boundProcessor(): number | undefined {
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return /^\d+$/.test(list) ? Number(list) : undefined;
}

/** In one engine of the sandbox. A fault ends a run, not the case. */
export function inSandbox(tried: FuzzCase, options: SandboxOptions, contextBytes = 0): Left {
  const processor = boundProcessor() ?? 0;
  const { limit } = tried;
  const sandbox = loadSandbox(tried.spec, {
    ...{ limit, processors: possibleProcessorCount(), surroundings: { processor }, ...options },
  });
  const { machine } = sandbox;
  for (const { map, key, value } of firstEntries(tried.spec, (map) => sandbox.map(map).valueBytes)) {
    sandbox.map(map).update(key, value, 0);
  }
  const program = sandbox.program(tried.program);
  const runs = tried.inputs.map((input): RunLeft => {
    const inside = () => {
      const context = machine.u8.subarray(contextAt, contextAt + lengthOf(input));
      const r0 = machine.view.getBigUint64(registersAt, true).toString(16);
      return `r0 ${r0}, context ${hex(context)}, left ${machine.i32[cells.fuel >> 2]}`;
    };
    try {
      const { returnValue, data } = program.run(lengthened(input, contextBytes));
      return { verdict: returnValue, packet: hex(data), inside: inside() };
    } catch (error) {
      if (!(error instanceof SandboxFault)) throw error;
      return { verdict: -1, packet: "", fault: error.message };
    }
  });
  return { runs, maps: contentsOf(tried.spec, (map) => sandbox.map(map)) };
}

const lengthOf = ({ context }: TestRunInput) => (context instanceof Uint8Array ? context.byteLength : 0);

/** A context of bytes is made as long as the program counts on. */
function lengthened(input: TestRunInput, contextBytes: number): TestRunInput {
  const { context } = input;
  if (!(context instanceof Uint8Array) || context.byteLength >= contextBytes) return input;
  const whole = new Uint8Array(contextBytes);
  whole.set(context);
  return { ...input, context: whole };
}

/** What the kernel left; or why it refused, in the words of its log. */
export function inKernel(tried: FuzzCase): Left | { readonly refused: string } {
  let collection: ReturnType<typeof loadCollection>;
  try {
    collection = loadCollection(tried.spec);
  } catch (error) {
    if (!(error instanceof TarsierError)) throw error;
    return { refused: lastWords(error) };
  }
  try {
    for (const { map, key, value } of firstEntries(tried.spec, (map) => collection.map(map).valueBytes)) {
      collection.map(map).set(key, value);
    }
    const program = collection.program(tried.program);
    const runs = tried.inputs.map((input) => {
      const { returnValue, data } = testRun(program, input);
      return { verdict: returnValue, packet: hex(data) };
    });
    return { runs, maps: contentsOf(tried.spec, (map) => collection.map(map)) };
  } finally {
    collection.close();
  }
}

/** The line of the verifier's log that says why, without its numbers. */
function lastWords({ cause, message }: TarsierError): string {
  if (typeof cause !== "string") return message;
  const lines = cause
    .trim()
    .split("\n")
    .filter(
      (line) => line !== "" && !/^(processed|verification time|stack depth|max_|\d+: |; |from |R\d+[=_])/.test(line),
    );
  return (lines.at(-1) ?? message).replaceAll(/0x[0-9a-f]+|-?\d+/g, "N");
}
