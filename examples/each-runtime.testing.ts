/** For tests of examples: what a program leaves in its maps, of one event that really happens in the kernel, and of the same one described to the sandbox. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LiveCollection, load, type ModuleLoadOptions, type Simulation, simulate } from "../src/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { example, type OwnCgroup, withCgroup } from "./places.testing.ts";

export interface BothRuntimes<Module, Left> {
  /** What the example watches: the cgroup that the event happens in. */
  readonly scoped?: boolean;
  /** Configuration, where the example does not watch a cgroup. */
  readonly own?: object;
  /** What stands in the maps before. */
  readonly before?: (maps: Simulation<Module>["maps"]) => void;
  /** Attaches the programs and causes the event, or runs them on request. */
  readonly inKernel: (collection: LiveCollection<Module>, cgroup: OwnCgroup) => void | Promise<void>;
  /** Describes the same event. */
  readonly inSandbox: (simulation: Simulation<Module>) => void;
  /** What is compared: no times, no numbers that the kernel chooses. */
  readonly left: (maps: Simulation<Module>["maps"]) => Left;
  readonly wanted: Left;
}

/** The scope that the sandbox's task is in. */
export const described = { cgroupId: 42n, cgroupLevel: 0 } as const;
export const describedTask = { cgroupId: 42n, cgroups: [42n] } as const;

/** One test for each runtime; the kernel's is skipped where it is not permitted. */
export function eachRuntime<Module, Left>(name: string, title: string, given: BothRuntimes<Module, Left>): void {
  test(`${name}, sandbox: ${title}`, async () => {
    using simulation = await simulate<Module>(example(name), {
      task: describedTask,
      surroundings: { packetCgroups: describedTask.cgroups, stack: () => [0x1000n, 0x2000n] },
      ...({ config: given.own ?? (given.scoped ? described : {}) } as object),
    });
    given.before?.(simulation.maps);
    given.inSandbox(simulation);
    assert.deepEqual(given.left(simulation.maps), given.wanted);
  });
  kernelTest(`${name}, kernel: ${title}`, () =>
    withCgroup(async (cgroup) => {
      const options = { config: given.own ?? (given.scoped ? cgroup.scope : {}) };
      using collection = await load<Module>(example(name), options as unknown as ModuleLoadOptions<Module>);
      const maps = collection.maps as unknown as Simulation<Module>["maps"];
      given.before?.(maps);
      await given.inKernel(collection, cgroup);
      assert.deepEqual(given.left(maps), given.wanted);
    }),
  );
}
