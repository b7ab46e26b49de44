/** Programs and maps before they are live. */

export * from "./collection.ts";
export { type ConfigValues, checkConfig, configMapName, configured } from "./configuration.ts";
export {
  type DefinedField,
  type DefinedHookSpec,
  type DefinedReturns,
  type HookKind,
  type HookKindRow,
  type HookSpec,
  type HookTarget,
  hookKinds,
  type ProgramTypeName,
  programTypes,
} from "./hooks.ts";
export { collectionFromJson, collectionToJson } from "./json.ts";
export { type LogLine, type LogPart, type LogSpec, logHeaderBytes, logMapName, readLog } from "./log.ts";
export { type MapTypeName, mapFlags, mapTypeNames, mapTypes } from "./map-types.ts";
export {
  encodeProbeArguments,
  mostProbeArguments,
  mostProbePlaces,
  type ProbeArgumentPlace,
  probeArgumentBytes,
  probeArgumentOffsets,
  probeArgumentsMapName,
} from "./probe-arguments.ts";
export type { TestRunInput, TestRunResult } from "./test-run.ts";
