/** For tests: a machine without programs, and the world around it. */

import { type Btf, createBtfBuilder, readBtf } from "../btf/index.ts";
import type { MapSpec } from "../spec/index.ts";
import { createMachine, type Machine, type Surroundings } from "./machine.ts";
import { createSandboxMap } from "./maps/create.ts";
import type { SandboxMap } from "./maps/map.ts";

/** A clock at 1 s, random numbers that count, no memory around, and lines of text thrown away. */
export function quietSurroundings(more: Partial<Surroundings> = {}): Surroundings {
  let random = 0;
  return {
    now: () => 1_000_000_000n,
    random: () => ++random,
    readUser: () => false,
    readKernel: () => false,
    task: { pid: 100, tid: 101, uid: 1000, gid: 1001, name: "node", cgroupId: 7n },
    print() {},
    processor: 0,
    ...more,
  };
}

export interface TestMachineOptions {
  readonly surroundings?: Surroundings;
  readonly btf?: Btf;
  readonly processors?: number;
}

export function testMachine({ surroundings, btf, processors }: TestMachineOptions = {}): Machine {
  return createMachine({
    surroundings: surroundings ?? quietSurroundings(),
    btf: btf ?? readBtf(createBtfBuilder().encode()),
    processors: processors ?? 1,
    objectCapacity: 1 << 16,
    createMap: createSandboxMap,
  });
}

const plain: MapSpec = {
  name: "tried",
  type: "hash",
  keySizeBytes: 4,
  valueSizeBytes: 8,
  maxEntries: 4,
  flags: 0,
  keyTypeId: 0,
  valueTypeId: 0,
};

/** A spec with what is not said as a small hash has it. */
export const mapSpec = (more: Partial<MapSpec> & Pick<MapSpec, "type">): MapSpec => ({ ...plain, ...more });

/** A map on a machine of its own. */
export function testMap(
  spec: MapSpec,
  options?: TestMachineOptions,
): { readonly map: SandboxMap; readonly machine: Machine } {
  const machine = testMachine(options);
  return { machine, map: machine.createMap(spec) };
}
