/** A collection in the sandbox as its author knows it: programs that are run on what a test describes, maps by their names, decoded. */

import { readBtf } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import type { MapBytes } from "../maps/index.ts";
import { type CollectionSpec, type LogLine, logMapName, readLog } from "../spec/index.ts";
import {
  loadSandbox,
  type Machine,
  nextTimerNs,
  type Sandbox,
  type SandboxMap,
  type Surroundings,
  sandboxMapBytes,
  verifyOrThrow,
} from "../vm/index.ts";
import type { AnyLayout } from "./btf-layout.ts";
import { isKernelObject, type KernelMemory, kernelMemory } from "./kernel-memory.ts";
import { liveMap } from "./live-maps.ts";
import type { LiveRing } from "./live-ring.ts";
import { dataMap, liveGlobals, strict } from "./named-parts.ts";
import { simulatedProgram } from "./simulated-program.ts";
import { type SimulatedWorld, setTask, simulatedWorld, type VirtualClock } from "./simulated-world.ts";
import type { AnySimulation, SimulationOptions } from "./simulation-types.ts";

/** Described structures that there can be at once, beside the values of maps. */
const spareObjects = 32_768;
/** Functions of timers in one step of the clock: one that starts itself again without a delay would never end. */
const mostTimers = 1_000_000;

/** Loads a collection into a sandbox. Throws `ProgramError` for what the verifier refuses, `InputError` for what the sandbox does not have. */
export function simulateLive(spec: CollectionSpec, options: SimulationOptions = {}): AnySimulation {
  const wanted = spec.programs.filter(({ name }) => options.programs?.includes(name) ?? true);
  if (options.verify !== false) for (const program of wanted) verifyOrThrow(spec, program);
  const { startNs, seed, surroundings: more } = options;
  const world = simulatedWorld({
    ...(startNs !== undefined && { startNs }),
    ...(seed !== undefined && { seed }),
    more: { castSocket: (address, type) => kernel.viewOf(address, type), ...more },
  });
  const sandbox = loadSandbox(spec, {
    ...(options.config && { config: options.config }),
    ...(options.programs && { programs: options.programs }),
    ...(options.limit !== undefined && { limit: options.limit }),
    processors: options.processors ?? 1,
    surroundings: world.surroundings as Surroundings,
    spareObjects,
  });
  const btf = readBtf(spec.btf);
  const { machine } = sandbox;
  const kernel = kernelMemory(machine, btf);
  setTask(world, options.task ?? {}, kernel);
  const mapsOf = new Map([...sandbox.maps].map(([name, map]) => [name, sandboxMapBytes(map, machine)]));
  const named = [...sandbox.maps].filter(([name]) => !dataMap.test(name));
  const maps: Record<string, object> = Object.fromEntries(
    named.map(([name, map]) => [
      name,
      Object.assign(liveMap(mapsOf.get(name)!, btf, storageOf(kernel)), { sandbox: map }),
    ]),
  );
  const parts = { sandbox, world, kernel };
  const programs = Object.fromEntries(wanted.map((program) => [program.name, simulatedProgram(parts, program)]));
  const close = () => {
    for (const [name, map] of named) if (map.ring !== undefined) (maps[name] as LiveRing).close();
  };
  return {
    programs: strict(programs, `${spec.name} has no program`),
    maps: strict(maps, `${spec.name} has no map`),
    globals: strict(
      liveGlobals(spec, btf, (name) => mapsOf.get(name)!.mapped()),
      `${spec.name} has no global variable`,
    ),
    clock: virtualClock(world, sandbox),
    user: world.user,
    setTask(task) {
      kernel.begin();
      setTask(world, task, kernel);
    },
    setProcessor: (processor) => setProcessor(machine, processor),
    addressOf: kernel.addressOf,
    takeLogs: () => takeLogs(spec, sandbox.maps.get(logMapName), mapsOf.get(logMapName)),
    sandbox,
    close,
    [Symbol.dispose]: close,
  };
}

function setProcessor({ surroundings, processors }: Machine, processor: number): void {
  if (!(Number.isInteger(processor) && processor >= 0 && processor < processors)) {
    throw new InputError("SIMULATE_PROCESSOR", `there is no processor ${processor}: the simulation has ${processors}`);
  }
  surroundings.processor = processor;
}

function virtualClock(world: SimulatedWorld, sandbox: Sandbox): VirtualClock {
  return {
    get nowNs() {
      return world.nowNs;
    },
    advance(ns) {
      const endNs = world.nowNs + BigInt(ns);
      let count = 0;
      for (;;) {
        const dueNs = nextTimerNs(sandbox.machine);
        if (dueNs === undefined || dueNs > endNs) break;
        if (dueNs > world.nowNs) world.nowNs = dueNs;
        count += sandbox.runTimers();
        if (count > mostTimers) {
          throw new InputError(
            "SIMULATE_TIMERS",
            `${count} functions of timers ran: one starts itself without a delay`,
          );
        }
      }
      world.nowNs = endNs;
      return count;
    },
  };
}

function takeLogs(spec: CollectionSpec, map: SandboxMap | undefined, bytes: MapBytes | undefined): LogLine[] {
  if (map?.ring === undefined || bytes === undefined) return [];
  const lines: LogLine[] = [];
  bytes.readRing().drain((view, offset, lengthBytes) => {
    const record = new Uint8Array(view.buffer, view.byteOffset + offset, lengthBytes);
    const line = readLog(spec.logs ?? [], record);
    if (line !== undefined) lines.push(line);
  });
  return lines;
}

/** Values that hang on described structures, or on the task of a number. */
function storageOf(kernel: KernelMemory) {
  return (map: MapBytes, value: AnyLayout): object => {
    const { calls } = map;
    const place = (owner: unknown): void => {
      const address = isKernelObject(owner) ? kernel.addressOf(owner) : BigInt(owner as number | bigint);
      calls.key.setInt32(0, Number(BigInt.asIntN(32, address)), true);
    };
    return {
      get(owner: unknown) {
        place(owner);
        return calls.lookup() ? value.decode(calls.value, 0) : undefined;
      },
      set(owner: unknown, content: unknown) {
        place(owner);
        value.write(calls.value, 0, content);
        return calls.update(0) === 0;
      },
      delete(owner: unknown) {
        place(owner);
        return calls.remove();
      },
    };
  };
}
