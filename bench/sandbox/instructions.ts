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

/** A thousand instructions: loads, arithmetic, branches, the stack, and a look-up now and then. */
function thousand(): { readonly text: string; readonly mapSlots: readonly number[] } {
  const lines = ["mov %r6, %r1", "mov %r7, 1"];
  const mapSlots: number[] = [];
  for (let turn = 0; lines.length + mapSlots.length < 980; turn++) {
    const at = turn % 56;
    lines.push(`ldxb %r2, [%r6+${at}]`, "add %r7, %r2", `stxdw [%r10-${8 * (1 + (turn % 8))}], %r7`, "mov %r3, %r7");
    lines.push(`rsh %r3, ${turn % 16}`, `jgt %r3, ${turn}, +2`, "xor %r7, %r3", "mul %r7, 31", "and %r7, 0xffff");
    if (turn % 10 !== 0) continue;
    lines.push(`stw [%r10-4], ${turn % 16}`, "mov %r2, %r10", "add %r2, -4");
    mapSlots.push(lines.length + mapSlots.length);
    lines.push("lddw map_by_fd %r1, 0", "call 1", "jeq %r0, 0, +2", "ldxdw %r1, [%r0]", "add %r7, %r1");
  }
  lines.push("mov %r0, %r7", "exit");
  return { text: lines.join("\n"), mapSlots };
}

/** Milliseconds from a collection to the end of the first run of a program of a thousand instructions. */
export function firstRunMs(): { readonly instructions: number; readonly ms: number } {
  const { text, mapSlots } = thousand();
  const memory = new Uint8Array(64);
  const spec = collectionOf(text, mapSlots);
  const times = Array.from({ length: 20 * rounds }, () => {
    const begun = performance.now();
    loadSandbox(spec).program("run").call(memory);
    return performance.now() - begun;
  });
  return { instructions: spec.programs[0]!.code.length / 8, ms: median(times) };
}

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

function programOf(text: string, options: SandboxOptions, ...mapSlots: number[]): SandboxProgram {
  return loadSandbox(collectionOf(text, mapSlots), options).program("run");
}

function collectionOf(text: string, mapSlots: readonly number[]): CollectionSpec {
  const maps: MapReference[] = mapSlots.map((slot) => ({ slot, map: "numbers" }));
  return {
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
}
