/** For tests: one program in the kernel and in the sandbox, and what it leaves there: verdict, packet, maps. */

import { createBtfBuilder } from "../../btf/index.ts";
import { encode, type Instruction, type Register, slotsOf } from "../../isa/index.ts";
import { loadMap, loadMapValue } from "../../isa/memory.ts";
import { loadCollection } from "../../kernel/collection.ts";
import { possibleProcessorCount } from "../../kernel/processors.ts";
import { testRun } from "../../kernel/test-run.ts";
import type { CollectionSpec, HookKind, MapReference, MapSpec } from "../../spec/index.ts";
import { loadSandbox, type Sandbox, type SandboxOptions } from "../sandbox.ts";

/** A step of a program: an instruction, or the load of a map or of a place in its value. */
export type Step = Instruction | { readonly register: Register; readonly map: string; readonly valueOffset?: number };

/** What a run left. */
export interface Outcome {
  readonly verdict: number;
  readonly packet: string;
  /** Values of arrays, by name. */
  readonly maps: Readonly<Record<string, string>>;
}

/** A collection of one program of those steps. */
export function specOf(kind: HookKind, steps: readonly Step[], maps: readonly MapSpec[] = []): CollectionSpec {
  const references: MapReference[] = [];
  let slot = 0;
  const code = steps.map((step) => {
    const instruction = "map" in step ? loadOf(step) : step;
    if ("map" in step)
      references.push({
        slot,
        map: step.map,
        ...(step.valueOffset !== undefined && { valueOffset: step.valueOffset }),
      });
    slot += slotsOf(instruction);
    return instruction;
  });
  const program = { name: "tried", hook: { kind, target: "" }, relocations: [], functions: [], lines: [] };
  return {
    name: "tried",
    license: "GPL",
    maps,
    config: [],
    programs: [{ ...program, maps: references, code: encode(code) }],
    btf: createBtfBuilder().encode(),
  };
}

const loadOf = ({
  register,
  valueOffset,
}: {
  readonly register: Register;
  readonly valueOffset?: number;
}): Instruction => (valueOffset === undefined ? loadMap(register, 0) : loadMapValue(register, 0, valueOffset));

export function inKernel(spec: CollectionSpec, name: string, data: Uint8Array): Outcome {
  const collection = loadCollection(spec);
  try {
    const result = testRun(collection.program(name), { data });
    return {
      verdict: result.returnValue,
      packet: hex(result.data),
      maps: valuesOf(spec, (map, key) => collection.map(map).get(key)),
    };
  } finally {
    collection.close();
  }
}

export function inSandbox(spec: CollectionSpec, name: string, data: Uint8Array, options: SandboxOptions = {}): Outcome {
  const sandbox = loadSandbox(spec, { processors: possibleProcessorCount(), ...options });
  return { ...runInSandbox(sandbox, name, data), maps: valuesOf(spec, (map, key) => sandbox.map(map).get(key)) };
}

export function runInSandbox(sandbox: Sandbox, name: string, data: Uint8Array): Pick<Outcome, "verdict" | "packet"> {
  const { returnValue, data: left } = sandbox.program(name).run({ data });
  return { verdict: returnValue, packet: hex(left) };
}

function valuesOf(
  { maps }: CollectionSpec,
  get: (map: string, key: Uint8Array) => Uint8Array | undefined,
): Record<string, string> {
  const arrays = maps.filter(({ type, frozen }) => type === "array" && frozen !== true);
  return Object.fromEntries(arrays.map(({ name }) => [name, hex(get(name, new Uint8Array(4)) ?? new Uint8Array())]));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
