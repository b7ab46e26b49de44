/** What may be said when a collection is loaded. */

import type { ConfigValues } from "../spec/index.ts";
import type { KernelMap } from "./map.ts";
import type { KernelProgram } from "./program.ts";

/** How much the verifier writes down of a program that it takes. */
export type VerifierLogLevel = "sums" | "steps";

/** What may be said at load time. */
export interface LoadOptions {
  /** Values for the collection's `config` variables, by name. Unknown names are refused. */
  readonly config?: ConfigValues;
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
