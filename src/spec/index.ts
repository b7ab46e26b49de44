/** Programs and maps before they are live. */

export * from "./collection.ts";
export { collectionFromJson, collectionToJson } from "./json.ts";
