/** Tarsier: eBPF for TypeScript. `load` brings the programs of a module into the kernel; the parts are at `tarsier/kernel` and so on. */

import { findCollection } from "./build/find-collection.ts";
import {
  type AnyCollection,
  type HookOpenOptions,
  type LiveCollection,
  loadLive,
  type OpenHook,
  openHookLive,
  type Simulation,
  type SimulationOptions,
  simulateLive,
} from "./collection/index.ts";
import type { LoadOptions } from "./kernel/index.ts";
import type { DefinedHook, FieldTypes, HookReturns } from "./program/index.ts";
import type { CollectionSpec } from "./spec/index.ts";

export type {
  AnyCollection,
  AnySimulation,
  Argument,
  DescribedContext,
  DescribedSocket,
  HookInput,
  HookOpenOptions,
  HookProgramStatistics,
  HookResult,
  KernelObject,
  LiveCollection,
  LiveMap,
  LiveProgram,
  LiveRing,
  OpenHook,
  Reading,
  RecordHandler,
  RecordSchema,
  RunCommand,
  RunContext,
  RunScope,
  SimulatedMap,
  SimulatedProgram,
  SimulatedRun,
  SimulatedTask,
  Simulation,
  SimulationOptions,
} from "./collection/index.ts";
export { kernelObject } from "./collection/index.ts";
export { type ErrorKind, TarsierError } from "./errors/error.ts";
export type { KernelLink, LoadOptions } from "./kernel/index.ts";

/** What may be said when a module is loaded. */
export interface ModuleLoadOptions<Module> extends Omit<LoadOptions, "config" | "programs"> {
  /** Values for the module's `config` variables. */
  readonly config?: { readonly [Name in ConfigNames<Module>]?: Widened<Module[Name]> };
  /** Programs to load; all of them when absent. */
  readonly programs?: readonly (keyof LiveCollection<Module>["programs"])[];
}

/** A config variable is, in its module's types, the value itself. */
type ConfigNames<Module> = {
  [Name in keyof Module]: Module[Name] extends number | bigint | boolean ? Name : never;
}[keyof Module];

type Widened<Value> = Value extends number ? number : Value extends bigint ? bigint : boolean;

/**
 * Loads the programs of a module into the kernel. From its compiled twin (`tarsier build --out-dir`) that needs no
 * compiler; else the module is compiled here.
 *
 * ```ts
 * const collection = await load<typeof import("./flows.ts")>(new URL("./flows.ts", import.meta.url));
 * try {
 *   collection.programs.egress.attach({ cgroup: "/sys/fs/cgroup/shop" });
 *   for (const [key, totals] of collection.maps.flows) console.log(key.sourcePort, totals.bytes);
 * } finally {
 *   collection.close();
 * }
 * ```
 */
export async function load<Module>(
  module: URL | CollectionSpec,
  options: ModuleLoadOptions<Module> = {},
): Promise<LiveCollection<Module>> {
  const spec = module instanceof URL ? await findCollection(module) : module;
  const collection: AnyCollection = loadLive(spec, options as LoadOptions);
  return collection as unknown as LiveCollection<Module>;
}

/** What may be said when a module is simulated. */
export interface ModuleSimulationOptions<Module> extends Omit<SimulationOptions, "config" | "programs"> {
  /** Values for the module's `config` variables. */
  readonly config?: { readonly [Name in ConfigNames<Module>]?: Widened<Module[Name]> };
  /** Programs to load; all of them when absent. */
  readonly programs?: readonly (keyof Simulation<Module>["programs"])[];
}

/**
 * Brings the programs of a module into a sandbox: for tests, with no permission and no kernel. See docs/testing.md.
 *
 * ```ts
 * using simulation = await simulate<typeof import("./guard.ts")>(new URL("./guard.ts", import.meta.url));
 * const { verdict } = simulation.programs.connect.run({ ip4: "10.0.0.1", port: 443 });
 * ```
 */
export async function simulate<Module>(
  module: URL | CollectionSpec,
  options: ModuleSimulationOptions<Module> = {},
): Promise<Simulation<Module>> {
  const spec = module instanceof URL ? await findCollection(module) : module;
  return simulateLive(spec, options as SimulationOptions) as unknown as Simulation<Module>;
}

/** A hook of this application that is open, whose programs may be exchanged for those of another module, or of a changed one. */
export interface ModuleHook<Fields extends FieldTypes, Returns extends HookReturns>
  extends Omit<OpenHook<Fields, Returns>, "replace"> {
  /** As of `OpenHook`, from a module or a compiled collection. */
  replace(module: URL | CollectionSpec): Promise<readonly string[]>;
}

/**
 * Opens a hook of this application with the programs of a module. See docs/hooks.md.
 *
 * ```ts
 * using hook = await openHook(requestHook, new URL("./rules.ts", import.meta.url));
 * if (hook.run({ client: 7, path: "/orders" }) === "deny") response.writeHead(429).end();
 * ```
 */
export async function openHook<
  Fields extends FieldTypes,
  Writable extends keyof Fields & string,
  Returns extends HookReturns,
>(
  hook: DefinedHook<Fields, Writable, Returns>,
  module: URL | CollectionSpec,
  options: HookOpenOptions = {},
): Promise<ModuleHook<Fields, Returns>> {
  const specOf = async (given: URL | CollectionSpec) => (given instanceof URL ? await findCollection(given) : given);
  const open = openHookLive(hook, await specOf(module), options);
  const replace = async (next: URL | CollectionSpec) => open.replace(await specOf(next));
  return { ...open, replace } as unknown as ModuleHook<Fields, Returns>;
}
