/** Programs and maps before they are live. */

export * from "./collection.ts";
export {
  type HookKind,
  type HookKindRow,
  type HookSpec,
  type HookTarget,
  hookKinds,
  type ProgramTypeName,
  programTypes,
} from "./hooks.ts";
export { collectionFromJson, collectionToJson } from "./json.ts";
export { type MapTypeName, mapFlags, mapTypes } from "./map-types.ts";
