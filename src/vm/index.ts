/** The sandbox: eBPF programs with no kernel, in any JavaScript engine. Nothing here or below it needs Node. */

export type { PacketBatch } from "./batch.ts";
export { classicFilter } from "./classic-filter.ts";
export { writableFront } from "./contexts.ts";
export { type Fault, type FaultKind, SandboxFault } from "./faults.ts";
export { type Effect, takeEffects } from "./helpers/effects.ts";
export { contextAt } from "./layout.ts";
export type { Machine, Surroundings, Task } from "./machine.ts";
export type { SandboxMap } from "./maps/map.ts";
export { sandboxMapBytes } from "./maps/map-bytes.ts";
export { nextTimerNs } from "./maps/timers.ts";
export { placeContext } from "./run.ts";
export { loadSandbox, type Sandbox, type SandboxEngine, type SandboxOptions, type SandboxProgram } from "./sandbox.ts";
export {
  explained,
  type HookModel,
  type ProgramFacts,
  type Refusal,
  type Verdict,
  verifyOrThrow,
  verifyProgram,
} from "./verifier/index.ts";
