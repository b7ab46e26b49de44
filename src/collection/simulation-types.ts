/** The types of a simulated collection, from those of the module that declares it. */

import type { ContextField, ContextMember, ContextWords } from "../program/context-schema.ts";
import type { ContextName, contexts } from "../program/contexts.ts";
import type { hookFunctions } from "../program/hook-table.ts";
import type * as program from "../program/index.ts";
import type { ConfigValues, LogLine, TestRunInput, TestRunResult } from "../spec/index.ts";
import type { Effect, Sandbox, SandboxMap, SandboxProgram, Surroundings } from "../vm/index.ts";
import type { MemberValue } from "./described-context.ts";
import type { DescribedFields, KernelObject } from "./kernel-memory.ts";
import type { LiveMap } from "./live-types.ts";
import type { SimulatedTask, UserMemory, VirtualClock } from "./simulated-world.ts";

/** What may be said of a simulation. */
export interface SimulationOptions {
  /** Values for the collection's `config` variables, by name. */
  readonly config?: ConfigValues;
  /** Programs to load; all of them when absent. */
  readonly programs?: readonly string[];
  /** Whether the verifier looks at the programs first and refuses as the kernel's would: yes, when absent. */
  readonly verify?: boolean;
  /** Instructions that a run may take; 100 million when absent. */
  readonly limit?: number;
  /** Processors, each with its own values in per-CPU maps; 1 when absent. */
  readonly processors?: number;
  /** Who runs. */
  readonly task?: SimulatedTask;
  /** Where the clock begins, in nanoseconds; one second when absent. */
  readonly startNs?: bigint;
  /** The same seed gives the same random numbers. */
  readonly seed?: number;
  /** Whatever else programs see of the world (`tarsier/vm`). */
  readonly surroundings?: Partial<Surroundings>;
}

/** An argument of a traced function: text becomes memory of the kernel, or of the process where the function is one of a process. */
export type Argument = number | bigint | boolean | null | string | Uint8Array | KernelObject;

/** A socket (`bpf_sock`) by its members. */
export type DescribedSocket = Partial<DescribedNumbers<(typeof contexts)["Socket"]["members"]>>;

type DescribedNumbers<Members extends Readonly<Record<string, ContextMember>>> = {
  readonly [Name in keyof Members]: Members[Name] extends ContextWords
    ? readonly number[] | string
    : Members[Name] extends ContextField<infer Value>
      ? Name extends "ip4" | `${string}Ip4`
        ? number | string
        : Value
      : Members[Name] extends { readonly kind: "socket" }
        ? DescribedSocket | null
        : DescribedFields;
};

/** A context by its members; `data` are the bytes that it gives access to: a packet from its Ethernet header on, a message, an option. */
export type DescribedContext<Name extends ContextName> = Partial<
  DescribedNumbers<(typeof contexts)[Name]["members"]>
> & {
  readonly data?: Uint8Array;
};

/** What a program of such a form is run on. */
type InputOf<Form> = Form extends { readonly kind: "context"; readonly name: infer Name extends ContextName }
  ? DescribedContext<Name>
  : Form extends { readonly kind: "words" | "callArguments" }
    ? readonly Argument[]
    : Form extends { readonly kind: "callResult" }
      ? readonly [result: Argument]
      : Form extends { readonly kind: "kernelStruct" }
        ? KernelObject | DescribedFields
        : never;

type FormOf<Declared> =
  Declared extends program.Program<infer Name> ? (typeof hookFunctions)[Name]["form"] : { readonly kind: "words" };

/** What a simulated run gave. */
export interface SimulatedRun extends TestRunResult {
  /** The result as a signed number: -1 for `tcx.next` or a refusal of `EPERM`. */
  readonly verdict: number;
  /** Members of the context that are not as they were described. */
  readonly changed: Readonly<Record<string, MemberValue>>;
  /** What the program found out of the flow (`flowDissector`). */
  readonly flow?: Readonly<Record<string, MemberValue>>;
  /** What the program asked of the world: packets sent elsewhere, options set, signals. */
  readonly effects: readonly Effect[];
}

/** A simulated program. */
export interface SimulatedProgram<Input> {
  readonly name: string;
  readonly sandbox: SandboxProgram;
  /** Runs it on what is described, or on bytes as `BPF_PROG_TEST_RUN` takes them. Throws `SandboxFault` when it does what it may not. */
  run(input?: Input | TestRunInput): SimulatedRun;
}

/** A map of a simulation: as of a loaded collection. */
export type SimulatedMap<Declared> = Omit<LiveMap<Declared>, "kernel"> & { readonly sandbox: SandboxMap };

type Named<Module, Kind> = { [Name in keyof Module]: Module[Name] extends Kind ? Name : never }[keyof Module];

/** A collection in a sandbox, typed by the module that declares it. */
export interface Simulation<Module = Record<string, never>> {
  readonly programs: {
    readonly [Name in Named<Module, { readonly kind: "program" }>]: SimulatedProgram<InputOf<FormOf<Module[Name]>>>;
  };
  readonly maps: { readonly [Name in Named<Module, { readonly kind: "map" }>]: SimulatedMap<Module[Name]> };
  /** Global variables, each under `value`. */
  readonly globals: {
    readonly [Name in Named<Module, { value: number } | { value: bigint }>]: {
      value: Module[Name] extends { value: infer Value } ? Value : never;
    };
  };
  readonly clock: VirtualClock;
  readonly user: UserMemory;
  /** Makes another task the running one, or changes what is said of it. */
  setTask(task: SimulatedTask): void;
  /** The processor that programs run on from now on. */
  setProcessor(processor: number): void;
  /** The address under which programs know a described structure: what stands in a map's key. */
  addressOf(object: KernelObject): bigint;
  /** What programs said by `console.log` since the last time. */
  takeLogs(): readonly LogLine[];
  readonly sandbox: Sandbox;
  close(): void;
  [Symbol.dispose](): void;
}

/** A simulation whose module is not known. */
export interface AnySimulation extends Omit<Simulation, "programs" | "maps" | "globals"> {
  // biome-ignore lint/suspicious/noExplicitAny: what a program takes is known when it is there
  readonly programs: Readonly<Record<string, SimulatedProgram<any>>>;
  // biome-ignore lint/suspicious/noExplicitAny: what a map can do is known when it is there
  readonly maps: Readonly<Record<string, any>>;
  readonly globals: Readonly<Record<string, { value: unknown }>>;
}
