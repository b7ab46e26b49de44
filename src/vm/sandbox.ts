/**
 * A `CollectionSpec` made live in the sandbox: the same programs and maps as in the kernel, with no permission, in any JavaScript
 * engine. See docs/decisions/0013-sandbox-memory.md.
 */

import { readBtf } from "../btf/index.ts";
import { BugError, InputError } from "../errors/error.ts";
import {
  type CollectionSpec,
  type ConfigValues,
  checkConfig,
  configured,
  type MapSpec,
  type ProgramSpec,
  type TestRunInput,
  type TestRunResult,
} from "../spec/index.ts";
import { type PacketBatch, packetBatch, runBatch } from "./batch.ts";
import { contextBytesOf, writableContextOf } from "./contexts.ts";
import { compileProgram } from "./jit/compile.ts";
import type { Tier } from "./jit/translation.ts";
import { contextAt, objectIndexes, registersAt } from "./layout.ts";
import { linkProgram } from "./link.ts";
import { createMachine, type Machine, type Surroundings } from "./machine.ts";
import { createSandboxMap, objectsOf } from "./maps/create.ts";
import type { SandboxMap } from "./maps/map.ts";
import { type Executable, execute, interpreted, placeContext } from "./run.ts";
import { surroundingsWith } from "./surroundings.ts";
import { runOn } from "./test-run.ts";
import { runTimers } from "./timers.ts";
import { type HookModel, verifyOrThrow } from "./verifier/index.ts";

/** How programs are carried out. */
export type SandboxEngine = "interpreter" | "wasm";

/** What may be said when a collection is loaded into a sandbox. */
export interface SandboxOptions {
  /** Values for the collection's `config` variables, by name. Unknown names are refused. */
  readonly config?: ConfigValues;
  /** Programs to load; all of them when absent. */
  readonly programs?: readonly string[];
  /** Instructions that a run may take, counted where it goes back or calls; 100 million when absent. */
  readonly limit?: number;
  /** What programs see of the world: clock, random numbers, the running task, memory. */
  readonly surroundings?: Partial<Surroundings>;
  /** Processors, each with its own values in per-CPU maps; 1 when absent. */
  readonly processors?: number;
  /** `wasm` when absent. */
  readonly engine?: SandboxEngine;
  /**
   * `exact`, which is the default: every access is checked while a program runs. `verified`: the verifier looks at each program first,
   * and what it accepts runs without checks; what it refuses is a `ProgramError`, as the kernel's refusals are.
   */
  readonly tier?: Tier;
  /** For the verifier: what the programs' hook is, where it is not the kernel's. */
  readonly hook?: HookModel;
  /** Room for maps that are made later, for maps of maps: how many values they may have in all. */
  readonly spareObjects?: number;
}

/** A program in a sandbox. */
export interface SandboxProgram {
  readonly spec: ProgramSpec;
  /** Runs it as `BPF_PROG_TEST_RUN` does. Throws `SandboxFault` when it does what it may not. */
  run(input?: TestRunInput | readonly bigint[]): TestRunResult;
  /** Runs it on `memory` as its context, r2 the length of it: all 64 bits of r0, and the memory changed in place. */
  call(memory?: Uint8Array): bigint;
  /** Runs it on the context that lies in place (`placeContext`), of that length: the low 32 bits of r0, signed. */
  callInPlace(lengthBytes: number): number;
  /** Runs it on every packet of a batch: the low 32 bits of each result, valid until the next. See batch.ts. */
  batch(packets: PacketBatch): Uint32Array;
}

/** A collection in a sandbox. */
export interface Sandbox {
  readonly spec: CollectionSpec;
  readonly machine: Machine;
  readonly programs: ReadonlyMap<string, SandboxProgram>;
  readonly maps: ReadonlyMap<string, SandboxMap>;
  map(name: string): SandboxMap;
  program(name: string): SandboxProgram;
  /** Calls the functions of the timers that are due by the sandbox's clock, the earliest first: how many. */
  runTimers(): number;
  /** Takes memory for `packetCount` packets of `capacityBytes` in all. */
  packets(packetCount: number, capacityBytes: number): PacketBatch;
}

const defaultLimit = 100_000_000;
const defaultSpareObjects = 4096;

/** Loads a collection. Throws `InputError` for what the sandbox does not have. */
export function loadSandbox(spec: CollectionSpec, options: SandboxOptions = {}): Sandbox {
  checkConfig(spec, options.config ?? {});
  const btf = readBtf(spec.btf);
  const mapSpecs = spec.maps.map((map) => configured(spec, map, options.config ?? {}));
  const processors = options.processors ?? 1;
  const machine = createMachine({
    surroundings: surroundingsWith(options.surroundings),
    btf,
    processors,
    objectCapacity: capacityFor(mapSpecs, processors, options.spareObjects ?? defaultSpareObjects),
    createMap: createSandboxMap,
  });
  const maps = new Map(mapSpecs.map((map) => [map.name, machine.createMap(map)]));
  const map = (name: string): SandboxMap => {
    const found = maps.get(name);
    if (found === undefined) throw new BugError("MAP_UNKNOWN", `the collection ${spec.name} has no map ${name}`);
    return found;
  };
  const wanted = spec.programs.filter(({ name }) => options.programs?.includes(name) ?? true);
  const executables: Executable[] = [];
  const limit = options.limit ?? defaultLimit;
  const programs = new Map<string, SandboxProgram>();
  for (const [index, program] of wanted.entries()) {
    const contextBytes = options.tier === "verified" ? verified(spec, program, options.hook) : 0;
    const linked = linkProgram(program, index, machine, map);
    const executable =
      options.engine === "interpreter"
        ? interpreted(machine, linked)
        : compileProgram(machine, linked, options.tier ?? "exact");
    executables.push(executable);
    programs.set(program.name, sandboxProgram(machine, executable, executables, limit, contextBytes));
  }
  fillEntries(spec, maps, wanted);
  return {
    spec,
    machine,
    programs,
    maps,
    map,
    runTimers: () => runTimers(machine, executables, limit),
    packets: (packetCount, capacityBytes) => packetBatch(machine, packetCount, capacityBytes),
    program(name) {
      const found = programs.get(name);
      if (found === undefined) {
        throw new BugError("PROGRAM_UNKNOWN", `the collection ${spec.name} has no program ${name}`);
      }
      return found;
    },
  };
}

function capacityFor(maps: readonly MapSpec[], processors: number, spare: number): number {
  const wanted = maps.reduce((sum, map) => sum + objectsOf(map, processors), objectIndexes.free + spare);
  const capacity = 2 ** Math.ceil(Math.log2(wanted));
  if (capacity > 1 << 24) {
    throw new InputError(
      "SANDBOX_TOO_LARGE",
      `the maps have room for ${wanted} values, the sandbox for ${1 << 24}: lower their maxEntries`,
    );
  }
  return capacity;
}

function sandboxProgram(
  machine: Machine,
  executable: Executable,
  programs: readonly Executable[],
  limit: number,
  contextBytes: number,
): SandboxProgram {
  const { spec } = executable.linked;
  const least = Math.max(contextBytes, contextBytesOf(spec.hook.kind));
  const writable = writableContextOf(spec.hook.kind);
  return {
    spec,
    run(input = {}) {
      return runOn(
        machine,
        executable,
        programs,
        limit,
        least,
        Array.isArray(input) ? { context: input } : (input as TestRunInput),
      );
    },
    call(memory = new Uint8Array()) {
      placeContext(machine, memory, writable, least);
      execute(machine, executable, programs, limit, memory.byteLength);
      memory.set(machine.u8.subarray(contextAt, contextAt + memory.byteLength));
      return machine.view.getBigUint64(registersAt, true);
    },
    callInPlace(lengthBytes) {
      execute(machine, executable, programs, limit, lengthBytes);
      return machine.registers[0]!;
    },
    batch: (packets) => runBatch(machine, executable, limit, packets),
  };
}

/** How long a context the program may count on. Throws `ProgramError` when the verifier refuses it. */
function verified(spec: CollectionSpec, program: ProgramSpec, hook: HookModel | undefined): number {
  const { facts } = verifyOrThrow(spec, program, hook && { hook });
  const model = hook?.context;
  return model?.kind === "memory" || model?.kind === "struct" ? model.sizeBytes : facts.contextBytes;
}

/** Puts programs into program arrays and maps into maps of maps; a program that was not loaded leaves its place empty. */
function fillEntries(
  spec: CollectionSpec,
  maps: ReadonlyMap<string, SandboxMap>,
  programs: readonly ProgramSpec[],
): void {
  const cell = (number: number) => new Uint8Array(Uint32Array.of(number).buffer);
  for (const map of maps.values()) {
    for (const { index, name } of map.spec.entries ?? []) {
      const place = programs.findIndex((program) => program.name === name);
      const held = maps.get(name);
      if (held !== undefined) map.update(cell(index), cell(held.index), 0);
      else if (place >= 0) map.update(cell(index), cell(place + 1), 0);
      else if (!spec.programs.some((program) => program.name === name)) {
        throw new BugError("MAP_ENTRY", `${spec.name} has no ${name}, which its map ${map.spec.name} is to hold`);
      }
    }
  }
}
