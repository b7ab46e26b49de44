/**
 * The verifier: abstract interpretation of eBPF, with no kernel and nothing of Node. Whatever it accepts never faults in
 * a sandbox that checks that every access lies inside the object its pointer came from.
 */

import { readBtf } from "../../btf/index.ts";
import type { CollectionSpec, ProgramSpec } from "../../spec/index.ts";
import { prepareCode } from "./code.ts";
import { firstRegisters } from "./context-access.ts";
import { definedHookModel } from "./defined-hook-model.ts";
import { originOf } from "./explain.ts";
import type { ProgramFacts } from "./facts.ts";
import type { HookModel } from "./hook-model.ts";
import { hookModelOf, socketStorageIteratorModel } from "./hook-models.ts";
import { type Refusal, Refused } from "./refusal.ts";
import { checkStackTotal } from "./stack-total.ts";
import { newFrame } from "./state.ts";
import { pointer } from "./value.ts";
import { walkProgram } from "./walk.ts";
import type { WalkContext } from "./walk-context.ts";

export { explained, verifyOrThrow } from "./explain.ts";
export type { ObjectKind, ProgramFacts } from "./facts.ts";
export * from "./hook-model.ts";
export { hookModelOf } from "./hook-models.ts";
export { type Origin, type Refusal, type Rule, rules } from "./refusal.ts";

export interface VerifierOptions {
  /** What the hook hands over and takes back, for hooks that are not the kernel's. */
  readonly hook?: HookModel;
  /** How many instructions are walked through at most, on all ways together. */
  readonly budget?: number;
}

export type Verdict =
  | {
      readonly accepted: true;
      readonly facts: ProgramFacts;
      /** How many states were walked from. */
      readonly statesVisited: number;
      /** How many instructions were walked through, on all ways together. */
      readonly instructionsVisited: number;
    }
  | { readonly accepted: false; readonly refusal: Refusal };

/** As the kernel's `BPF_COMPLEXITY_LIMIT_INSNS`. */
const defaultBudget = 1_000_000;

const gplLicenses: ReadonlySet<string> = new Set([
  "GPL",
  "GPL v2",
  "GPL and additional rights",
  "Dual BSD/GPL",
  "Dual MIT/GPL",
  "Dual MPL/GPL",
]);

/** Whether `program` is safe at its hook, and what is known of it; or which rule it breaks, where, and why. */
export function verifyProgram(
  collection: CollectionSpec,
  program: ProgramSpec,
  options: VerifierOptions = {},
): Verdict {
  const types = collection.btf.length === 0 ? undefined : readBtf(collection.btf);
  let walk: WalkContext | undefined;
  try {
    const code = prepareCode(collection, program, types);
    walk = begin({ collection, program, code, types, hook: options.hook ?? modelOf(program) });
    const sums = walkProgram(walk, options.budget ?? defaultBudget);
    return { accepted: true, facts: factsOf(walk), ...sums };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const slot = error.slot ?? walk?.slot ?? 0;
    const origin = originOf(program, slot, types);
    const { rule: kind, message, remedy } = error;
    return { accepted: false, refusal: { kind, slot, message, remedy, ...(origin && { origin }) } };
  }
}

function modelOf({ hook }: ProgramSpec): HookModel {
  if (hook.defined !== undefined) return definedHookModel(hook.defined);
  return hook.kind === "iterator" && hook.target === "bpf_sk_storage_map"
    ? socketStorageIteratorModel
    : hookModelOf(hook.kind);
}

function begin(
  given: Pick<WalkContext, "program" | "code" | "types" | "hook"> & { readonly collection: CollectionSpec },
): WalkContext {
  const { collection, program, code, types, hook } = given;
  const frame = newFrame("call", 0, -1, 0);
  firstRegisters(hook.context).forEach((value, register) => {
    frame.registers[register] = value;
  });
  frame.registers[10] = pointer({ kind: "stack", frame: 0 }, -1);
  return {
    code,
    program,
    hook,
    hookSpec: program.hook,
    types,
    isGpl: gplLicenses.has(collection.license),
    state: { frames: [frame], references: [], lock: undefined },
    slot: 0,
    nextId: 1,
    accesses: new Map(),
    stackBytes: new Map(),
    calls: new Set(),
    contextBytes: 0,
    later: [],
  };
}

function factsOf(walk: WalkContext): ProgramFacts {
  const { stackBytes, accesses, contextBytes } = walk;
  return { stackBytes, accesses, contextBytes, totalStackBytes: checkStackTotal(walk) };
}
