/** What single instructions and calls cost: loops that do nothing else. */

import { createBtfBuilder } from "../../src/btf/build.ts";
import { assemble, encode } from "../../src/isa/index.ts";
import type { CollectionSpec, MapReference } from "../../src/spec/index.ts";
import { loadSandbox, type SandboxOptions, type SandboxProgram } from "../../src/vm/sandbox.ts";
import { median } from "../statistics.ts";

const turns = 200_000;
const rounds = 15;

/** Adds, shifts, compares. */
const arithmetic = `
  mov %r0, 0
  mov %r1, ${turns}
  add %r0, %r1
  xor %r0, 7
  lsh %r0, 1
  add %r1, -1
  jne %r1, 0, -5
  exit`;

/** Two stores and a load to three other instructions. */
const memory = `
  mov %r1, ${turns}
  mov %r3, %r10
  add %r3, -8
  mov %r0, 0
  stxdw [%r3], %r1
  ldxdw %r2, [%r3]
  add %r0, %r2
  stxw [%r3+4], %r0
  add %r1, -1
  jne %r1, 0, -6
  exit`;

/** Look-ups in an array, or the same loop with a move in their place. */
const calls = (isCall: boolean) => `
  mov %r6, ${turns}
  stw [%r10-4], 1
  lddw map_by_fd %r1, 0
  mov %r2, %r10
  add %r2, -4
  ${isCall ? "call 1" : "mov %r0, %r2"}
  add %r6, -1
  jne %r6, 0, -7
  mov %r0, 0
  exit`;

/** Nanoseconds of an interpreted instruction. */
export function interpreterNs(): { readonly arithmetic: number; readonly memory: number } {
  const options = { engine: "interpreter" } as const;
  return {
    arithmetic: turnNs(programOf(arithmetic, options)) / 5,
    memory: turnNs(programOf(memory, options)) / 6,
  };
}

/** Nanoseconds that a look-up in an array adds. */
export function helperCallNs(): number {
  return turnNs(programOf(calls(true), {}, 2)) - turnNs(programOf(calls(false), {}, 2));
}

function turnNs(program: SandboxProgram): number {
  const run = () => {
    const begun = performance.now();
    program.call();
    return ((performance.now() - begun) * 1e6) / turns;
  };
  for (let warm = 0; warm < rounds; warm++) run();
  return median(Array.from({ length: rounds }, run));
}

function programOf(text: string, options: SandboxOptions, mapSlot?: number): SandboxProgram {
  const maps: MapReference[] = mapSlot === undefined ? [] : [{ slot: mapSlot, map: "numbers" }];
  const spec: CollectionSpec = {
    name: "loop",
    license: "Dual MIT/GPL",
    maps: [
      {
        ...{ name: "numbers", type: "array", keySizeBytes: 4, valueSizeBytes: 8, maxEntries: 16 },
        ...{ flags: 0, keyTypeId: 0, valueTypeId: 0 },
      },
    ],
    config: [],
    programs: [
      {
        name: "run",
        hook: { kind: "syscall", target: "" },
        code: encode(assemble(text)),
        maps,
        relocations: [],
        functions: [],
        lines: [],
      },
    ],
    btf: createBtfBuilder().encode(),
  };
  return loadSandbox(spec, options).program("run");
}
