/** What may be said when a collection is loaded, and the configuration that comes of it. */

import { InputError } from "../errors/error.ts";
import type { CollectionSpec, ConfigSpec, MapSpec } from "../spec/index.ts";
import type { KernelMap } from "./map.ts";
import type { KernelProgram } from "./program.ts";

/** The map that holds read-only configuration. */
export const configMapName = ".rodata";

/** How much the verifier writes down of a program that it takes. */
export type VerifierLogLevel = "sums" | "steps";

/** What may be said at load time. */
export interface LoadOptions {
  /** Values for the collection's `config` variables, by name. Unknown names are refused. */
  readonly config?: Readonly<Record<string, number | bigint | boolean>>;
  /** Programs to load; all of them when absent. */
  readonly programs?: readonly string[];
  /** Where maps that are `pinned` are shared: `/sys/fs/bpf` when absent. */
  readonly pinDirectory?: string;
  /** Maps that exist already, to be used in the place of the collection's own of that name. They are not closed with it. */
  readonly maps?: Readonly<Record<string, KernelMap>>;
  /** What the verifier is to write down of each program: sums, or every step; nothing when absent. See `KernelProgram.verifierLog`. */
  readonly verifierLog?: VerifierLogLevel;
  /** For programs of the kind `extension`, by name: the program a function of which they replace. */
  readonly extended?: Readonly<Record<string, KernelProgram>>;
}

/** `map` as the configuration makes it: the map of constants gets its values, and nobody may write to it any more. */
export function configured(spec: CollectionSpec, map: MapSpec, values: NonNullable<LoadOptions["config"]>): MapSpec {
  if (map.name !== configMapName) return map;
  const initial = new Uint8Array(map.valueSizeBytes);
  if (map.initial !== undefined) initial.set(map.initial);
  for (const field of spec.config) write(initial, field, BigInt(values[field.name] ?? field.initial));
  return { ...map, initial, frozen: true };
}

/** Refuses values for what the collection has no configuration of. */
export function checkConfig(spec: CollectionSpec, values: NonNullable<LoadOptions["config"]>): void {
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
