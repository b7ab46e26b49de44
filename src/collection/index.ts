/** Loaded collections: programs and maps with the types of the module that declares them. */

export { type AnyLayout, layoutOf } from "./btf-layout.ts";
export type { HookInput, HookResult } from "./hook-types.ts";
export { type KernelObject, kernelObject } from "./kernel-memory.ts";
export { loadLive } from "./live-collection.ts";
export type { LiveRing, Reading, RecordHandler, RecordSchema } from "./live-ring.ts";
export type { AnyCollection, LiveCollection, LiveMap, LiveProgram } from "./live-types.ts";
export { type HookOpenOptions, type HookProgramStatistics, type OpenHook, openHookLive } from "./open-hook.ts";
export type { RunCommand, RunContext, RunScope } from "./run-context.ts";
export { simulateLive } from "./simulate.ts";
export type { SimulatedTask, UserMemory, VirtualClock } from "./simulated-world.ts";
export type {
  AnySimulation,
  Argument,
  DescribedContext,
  DescribedSocket,
  SimulatedMap,
  SimulatedProgram,
  SimulatedRun,
  Simulation,
  SimulationOptions,
} from "./simulation-types.ts";
