/** One run of a simulated program: what a test describes becomes the context of its hook, and what it left is told in the same words. */

import { InputError } from "../errors/error.ts";
import { type ContextName, contexts } from "../program/contexts.ts";
import { type HandlerForm, type HookFunction, hookFunctions } from "../program/hook-table.ts";
import type { HookKind, ProgramSpec, TestRunInput } from "../spec/index.ts";
import { type Sandbox, takeEffects } from "../vm/index.ts";
import {
  changedMembers,
  contextBytes,
  type DescribedMembers,
  describeContext,
  membersOfContext,
} from "./described-context.ts";
import { isKernelObject, type KernelMemory, type KernelObject } from "./kernel-memory.ts";
import { probedContext, recordType } from "./probed-context.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { Argument, SimulatedProgram, SimulatedRun } from "./simulation-types.ts";

/** What a program of a simulation works with. */
export interface SimulationParts {
  readonly sandbox: Sandbox;
  readonly world: SimulatedWorld;
  readonly kernel: KernelMemory;
}

/** Input that is bytes already, as the kernel takes it. */
const plainKeys: ReadonlySet<string> = new Set(["data", "context", "repeat", "cpu"]);

export function simulatedProgram(parts: SimulationParts, spec: ProgramSpec): SimulatedProgram<unknown> {
  const { sandbox, kernel } = parts;
  const program = sandbox.program(spec.name);
  const form = formOf(spec.hook.kind);
  return {
    name: spec.name,
    sandbox: program,
    run(input = {}) {
      kernel.begin();
      takeEffects(sandbox.machine);
      if (form?.kind === "context") return runOnContext(parts, spec, form.name, input as DescribedMembers);
      const given = isPlain(input) ? input : { context: contextOf(parts, spec, form, input) };
      const result = program.run(given);
      return { ...result, verdict: result.returnValue | 0, changed: {}, effects: takeEffects(sandbox.machine) };
    },
  };
}

function formOf(kind: HookKind): HandlerForm | undefined {
  return Object.values(hookFunctions as Readonly<Record<string, HookFunction>>).find(({ hook }) => hook === kind)?.form;
}

function isPlain(input: unknown): input is TestRunInput {
  if (typeof input !== "object" || input === null || Array.isArray(input) || isKernelObject(input)) return false;
  const keys = Object.keys(input);
  const { context, data } = input as TestRunInput;
  const isBytes = context === undefined || context instanceof Uint8Array || Array.isArray(context);
  return keys.every((key) => plainKeys.has(key)) && isBytes && (data === undefined || data instanceof Uint8Array);
}

function runOnContext(
  { sandbox, kernel }: SimulationParts,
  spec: ProgramSpec,
  name: ContextName,
  input: DescribedMembers & TestRunInput,
): SimulatedRun {
  const { data, context, repeat, cpu: _, ...described } = input;
  const before = new Uint8Array(contextBytes[name]);
  if (context instanceof Uint8Array) before.set(context.subarray(0, before.length));
  const place = (struct: ContextName, members: DescribedMembers): bigint => {
    const bytes = new Uint8Array(contextBytes[struct]);
    describeContext(struct, bytes, members, place);
    return kernel.place(bytes, struct === "FlowKeys");
  };
  const wantsFlow = "flow" in contexts[name].members;
  describeContext(name, before, wantsFlow ? { flow: {}, ...described } : described, place);
  const result = sandbox.program(spec.name).run({
    context: before,
    ...(data !== undefined && { data }),
    ...(repeat !== undefined && { repeat }),
  });
  const changed = changedMembers(name, before, result.context);
  // What the runtime itself says of a packet is no change of the program's.
  const own = ["packetType", "protocol", "interfaceIndex"];
  const filled = data === undefined ? [] : own.filter((member) => !Object.hasOwn(described, member));
  return {
    ...result,
    verdict: result.returnValue | 0,
    changed: Object.fromEntries(Object.entries(changed).filter(([key]) => !filled.includes(key))),
    ...(wantsFlow && { flow: flowIn(sandbox, result.context) }),
    effects: takeEffects(sandbox.machine),
  };
}

const flowPointerOffset = 144;

function flowIn({ machine }: Sandbox, context: Uint8Array) {
  const at = new DataView(context.buffer, context.byteOffset).getUint32(flowPointerOffset, true);
  return membersOfContext("FlowKeys", machine.u8.slice(at, at + contextBytes.FlowKeys));
}

/** The context of a traced function or event. */
function contextOf(
  parts: SimulationParts,
  spec: ProgramSpec,
  form: HandlerForm | undefined,
  input: unknown,
): Uint8Array {
  const { kernel, sandbox } = parts;
  switch (form?.kind) {
    case "words": {
      const words = listOf(spec, input).map((argument) => wordOf(parts, spec, argument));
      return new Uint8Array(
        BigUint64Array.from([...Array<bigint>(form.first).fill(0n), ...words], (word) => BigInt.asUintN(64, word))
          .buffer,
      );
    }
    case "callArguments":
    case "callResult": {
      const words = listOf(spec, input).map((argument) => wordOf(parts, spec, argument));
      return probedContext(spec, sandbox.machine.btf, words, form.kind === "callResult");
    }
    case "kernelStruct": {
      const type = isKernelObject(input) ? input.type : recordType(spec, sandbox.machine.btf);
      return kernel.encode(type, isKernelObject(input) ? input.fields : (input as KernelObject["fields"]));
    }
    default:
      throw new InputError(
        "SIMULATE_INPUT",
        `${spec.name}: ${spec.hook.kind} programs are run on bytes: give { context: bytes }`,
      );
  }
}

function listOf({ name, hook }: ProgramSpec, input: unknown): readonly Argument[] {
  if (Array.isArray(input)) return input;
  throw new InputError("SIMULATE_INPUT", `${name}: a ${hook.kind} program is run on a list of its arguments`);
}

const inUserCode = /^(u|usdt)/;

function wordOf({ kernel, world }: SimulationParts, { hook }: ProgramSpec, argument: Argument): bigint {
  if (argument === null) return 0n;
  if (isKernelObject(argument)) return kernel.addressOf(argument);
  if (typeof argument !== "string" && !(argument instanceof Uint8Array)) return BigInt(argument);
  if (inUserCode.test(hook.kind)) return world.user.place(argument);
  return kernel.place(typeof argument === "string" ? new TextEncoder().encode(`${argument}\0`) : argument);
}
