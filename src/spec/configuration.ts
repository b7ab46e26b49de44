/** Values that are set once, when a collection is loaded: what may be said, and the map of constants that comes of it. */

import { InputError } from "../errors/error.ts";
import type { CollectionSpec, ConfigSpec, MapSpec } from "./collection.ts";

/** The map that holds read-only configuration. */
export const configMapName = ".rodata";

/** Values for a collection's `config` variables, by name. */
export type ConfigValues = Readonly<Record<string, number | bigint | boolean>>;

/** `map` as the configuration makes it: the map of constants gets its values, and nobody may write to it any more. */
export function configured(spec: CollectionSpec, map: MapSpec, values: ConfigValues): MapSpec {
  if (map.name !== configMapName) return map;
  const initial = new Uint8Array(map.valueSizeBytes);
  if (map.initial !== undefined) initial.set(map.initial);
  for (const field of spec.config) write(initial, field, BigInt(values[field.name] ?? field.initial));
  return { ...map, initial, frozen: true };
}

/** Refuses values for what the collection has no configuration of. */
export function checkConfig(spec: CollectionSpec, values: ConfigValues): void {
  for (const name of Object.keys(values)) {
    if (!spec.config.some((field) => field.name === name)) {
      throw new InputError(
        "CONFIG_UNKNOWN",
        `${spec.name} has no configuration \`${name}\`; it has ${spec.config.map((field) => field.name).join(", ") || "none"}`,
      );
    }
  }
}

function write(bytes: Uint8Array, field: ConfigSpec, value: bigint): void {
  for (let byte = 0; byte < field.sizeBytes; byte++) {
    bytes[field.offset + byte] = Number(BigInt.asUintN(8, value >> BigInt(8 * byte)));
  }
}
