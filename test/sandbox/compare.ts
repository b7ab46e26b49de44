/** One program in the interpreter and as WebAssembly: the same result or the same fault, the same memory, the same count of instructions. */

import type { CollectionSpec } from "../../src/spec/index.ts";
import type { Fault } from "../../src/vm/faults.ts";
import { SandboxFault } from "../../src/vm/faults.ts";
import { cells } from "../../src/vm/layout.ts";
import { loadSandbox, type SandboxOptions } from "../../src/vm/sandbox.ts";

/** What a run came to. */
export interface Outcome {
  readonly result: string;
  readonly fault: Fault["kind"] | undefined;
  /** The context as it was left; of a whole run also what is left of the limit. */
  readonly memory: string;
}

/** Instructions that a random program may take. */
const limit = 3000;

/** Runs the first program of `spec` on a context of its own. */
export function outcomeOf(spec: CollectionSpec, context: Uint8Array, options: SandboxOptions): Outcome {
  const sandbox = loadSandbox(spec, { limit, ...options });
  const program = sandbox.program(spec.programs[0]!.name);
  const memory = context.slice();
  const bytes = () => Buffer.from(memory).toString("hex");
  try {
    const result = program.call(memory);
    return {
      result: `0x${result.toString(16)}`,
      fault: undefined,
      memory: `${bytes()} ${sandbox.machine.i32[cells.fuel >> 2]}`,
    };
  } catch (error) {
    if (!(error instanceof SandboxFault)) throw error;
    return { result: error.message, fault: error.fault.kind, memory: bytes() };
  }
}

/** How the outcomes differ; nothing when they do not. */
export function differenceOf(one: Outcome, other: Outcome): string | undefined {
  if (one.result !== other.result) return `${one.result}, not ${other.result}`;
  return one.memory === other.memory ? undefined : `${one.memory}, not ${other.memory}`;
}
