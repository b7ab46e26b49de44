/** Kernel helpers that the sandbox has, by id. */

import type { HelperName } from "../../isa/helpers.ts";
import type { Helper } from "./helper.ts";

export interface NamedHelper {
  readonly name: HelperName;
  readonly run: Helper;
}

export const helpers: ReadonlyMap<number, NamedHelper> = new Map([
  [5, { name: "bpf_ktime_get_ns", run: (machine) => machine.resultBig(machine.surroundings.now()) }],
]);
