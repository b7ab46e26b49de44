/** The world outside a sandbox, where nobody described another one: the clock of the host, nothing to observe. */

import type { Surroundings } from "./machine.ts";

/** `given`, and the defaults for the rest. Nothing of the host's processes can be read. */
export function surroundingsWith(given: Partial<Surroundings> = {}): Surroundings {
  return {
    now: () => BigInt(Math.round(performance.now() * 1e6)),
    random: () => Math.floor(Math.random() * 2 ** 32) | 0,
    readUser: () => false,
    readKernel: () => false,
    task: { pid: 1, tid: 1, uid: 0, gid: 0, name: "sandbox", cgroupId: 1n },
    print: () => {},
    processor: 0,
    ...given,
  };
}
