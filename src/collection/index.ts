/** Loaded collections: programs and maps with the types of the module that declares them. */

export { type AnyLayout, layoutOf } from "./btf-layout.ts";
export { loadLive } from "./live-collection.ts";
export type { LiveRing, Reading, RecordHandler, RecordSchema } from "./live-ring.ts";
export type { AnyCollection, LiveCollection, LiveMap, LiveProgram } from "./live-types.ts";
export type { RunCommand, RunContext, RunScope } from "./run-context.ts";
