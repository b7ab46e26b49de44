/** An application's hook with programs in it: asked for each event, exchanged while it is asked, never in the way of its host. */

import { InputError } from "../errors/error.ts";
import type { DefinedHook, FieldTypes, HookReturns } from "../program/index.ts";
import type { CollectionSpec, ConfigValues, DefinedHookSpec, ProgramSpec } from "../spec/index.ts";
import {
  contextAt,
  loadSandbox,
  placeContext,
  type Sandbox,
  SandboxFault,
  type SandboxProgram,
  type Surroundings,
  verifyOrThrow,
  writableFront,
} from "../vm/index.ts";
import { carryMaps } from "./carried-maps.ts";
import { type ContextCodec, contextCodec } from "./context-codec.ts";
import type { HookInput, HookMaps, HookResult } from "./hook-types.ts";
import { simulatedMaps } from "./simulated-maps.ts";
import { stableMaps } from "./stable-maps.ts";

export interface HookOpenOptions {
  /** Values for the module's `config` variables. */
  readonly config?: ConfigValues;
  /** Instructions that one program may take in one run, counted where it goes back or calls; one million when absent. */
  readonly limit?: number;
  /** The clock, random numbers and whatever else programs see of the world. */
  readonly surroundings?: Partial<Surroundings>;
  /** `exact`, the default: every access is checked as a program runs. `verified`: the verifier's word is enough. */
  readonly tier?: "exact" | "verified";
  /** Called with each failure of a program; by then the hook has gone on without it. */
  readonly onFault?: (fault: SandboxFault, program: string) => void;
}

/** What is known of one program of a hook. */
export interface HookProgramStatistics {
  readonly name: string;
  readonly runs: number;
  /** Runs that ended by a fault or at the limit, in whose place the default counted. */
  readonly faults: number;
  readonly lastFault?: SandboxFault;
  /** Of one run, in the mean of every 64th; 0 before. */
  readonly meanNs: number;
}

export interface OpenHook<Fields extends FieldTypes = FieldTypes, Returns extends HookReturns = HookReturns> {
  /**
   * Asks the programs in the order of the module: the first result that is not the hook's default counts, and later ones are not
   * asked. Writable fields that programs wrote are in `context` then.
   */
  run(context: HookInput<Fields>): HookResult<Returns>;
  /** Maps of the programs that are in place, typed by their module: `hook.maps<typeof import("./rules.ts")>().counts`. They go on through `replace`. */
  maps<Module>(): HookMaps<Module>;
  /**
   * Puts other programs in the place of these, between two runs. Maps of the same name and shape keep their entries: their names.
   * Where the new ones are refused, this throws and the old ones stay.
   */
  replace(spec: CollectionSpec): readonly string[];
  statistics(): readonly HookProgramStatistics[];
  /** Calls the functions of timers that are due: how many. */
  runTimers(): number;
  close(): void;
  [Symbol.dispose](): void;
}

const defaultLimit = 1_000_000;
/** Every so many runs one is timed. */
const timedEvery = 64;

interface Installed {
  readonly sandbox: Sandbox;
  readonly codec: ContextCodec;
  readonly programs: readonly InstalledProgram[];
  readonly maps: Readonly<Record<string, object>>;
  /** Where writable fields are kept while a program runs. */
  readonly savedAt: number;
}

interface InstalledProgram {
  readonly program: SandboxProgram;
  runs: number;
  faults: number;
  lastFault?: SandboxFault;
  timed: number;
  timedMs: number;
}

/** Opens a hook with the programs of a compiled module. Throws `ProgramError` for what the verifier refuses. */
export function openHookLive(
  // biome-ignore lint/suspicious/noExplicitAny: any hook, whatever its fields
  hook: DefinedHook<any, any, any>,
  spec: CollectionSpec,
  options: HookOpenOptions = {},
): OpenHook {
  const { definition } = hook as DefinedHook;
  const { contextBytes, writableBytes, returns, default: initial } = definition.spec;
  const names = new Map<number, string>(
    returns.kind === "named" ? Object.entries(returns.values).map(([name, value]) => [value, name]) : [],
  );
  let installed = install(definition, spec, options);
  let isClosed = false;
  const maps = stableMaps(() => installed.maps);

  const runProgram = (one: InstalledProgram): number => {
    const { machine } = installed.sandbox;
    const isTimed = one.runs++ % timedEvery === 0;
    const begunMs = isTimed ? performance.now() : 0;
    const { savedAt } = installed;
    if (writableBytes > 0) machine.u8.copyWithin(savedAt, contextAt, contextAt + writableBytes);
    try {
      return one.program.callInPlace(contextBytes);
    } catch (fault) {
      if (!(fault instanceof SandboxFault)) throw fault;
      one.faults++;
      one.lastFault = fault;
      machine.u8.copyWithin(contextAt, savedAt, savedAt + writableBytes);
      options.onFault?.(fault, one.program.spec.name);
      return initial;
    } finally {
      if (isTimed) {
        one.timed++;
        one.timedMs += performance.now() - begunMs;
      }
    }
  };
  const close = (): void => {
    isClosed = true;
    maps.close();
  };
  return {
    run(context) {
      if (isClosed) throw new InputError("HOOK_CLOSED", `the hook ${definition.spec.name} is closed`);
      const { codec, programs } = installed;
      codec.write(context as Record<string, unknown>);
      let result = initial;
      for (let index = 0; index < programs.length && result === initial; index++) result = runProgram(programs[index]!);
      if (writableBytes > 0) codec.readBack(context as Record<string, unknown>);
      return (returns.kind === "named" ? names.get(result)! : result) as never;
    },
    maps: () => maps.maps as never,
    replace(next) {
      const following = install(definition, next, options);
      maps.flush();
      const carried = carryMaps(installed.sandbox, following.sandbox);
      installed = following;
      maps.follow();
      return carried;
    },
    statistics: () =>
      installed.programs.map(({ program, runs, faults, lastFault, timed, timedMs }) => ({
        name: program.spec.name,
        runs,
        faults,
        ...(lastFault && { lastFault }),
        meanNs: timed === 0 ? 0 : (timedMs * 1e6) / timed,
      })),
    runTimers: () => installed.sandbox.runTimers(),
    close,
    [Symbol.dispose]: close,
  };
}

function install(
  definition: DefinedHook["definition"],
  spec: CollectionSpec,
  { config, limit = defaultLimit, surroundings, tier = "exact" }: HookOpenOptions,
): Installed {
  const wanted = spec.programs.filter(({ hook }) => hook.defined?.name === definition.spec.name);
  check(definition.spec, spec, wanted);
  for (const program of wanted) verifyOrThrow(spec, program);
  const sandbox = loadSandbox(spec, {
    ...(config && { config }),
    ...(surroundings && { surroundings }),
    programs: wanted.map(({ name }) => name),
    limit,
    tier,
  });
  const { machine } = sandbox;
  const savedAt = machine.allocate(definition.spec.writableBytes);
  const { contextBytes, writableBytes } = definition.spec;
  placeContext(machine, new Uint8Array(contextBytes), writableFront(writableBytes));
  return {
    sandbox,
    codec: contextCodec(machine, definition),
    programs: wanted.map(({ name }) => ({
      program: sandbox.program(name),
      runs: 0,
      faults: 0,
      timed: 0,
      timedMs: 0,
    })),
    maps: simulatedMaps(sandbox),
    savedAt,
  };
}

/** Programs must have been compiled for the hook as it is now. */
function check(hook: DefinedHookSpec, spec: CollectionSpec, wanted: readonly ProgramSpec[]): void {
  if (wanted.length === 0) {
    throw new InputError("HOOK_NO_PROGRAM", `${spec.name} has no program for the hook ${hook.name}: export one`);
  }
  for (const { name, hook: compiledFor } of wanted) {
    if (JSON.stringify(compiledFor.defined) !== JSON.stringify(hook)) {
      throw new InputError(
        "HOOK_CHANGED",
        `${name} of ${spec.name} was compiled for another definition of the hook ${hook.name}: compile it again`,
      );
    }
  }
  const strange = hook.maps && spec.maps.find(({ name, type }) => !name.startsWith(".") && !hook.maps!.includes(type));
  if (strange) {
    throw new InputError(
      "HOOK_MAP",
      `${spec.name} has the map ${strange.name} of type ${strange.type}; programs of ${hook.name} may use ${hook.maps!.join(", ")}`,
    );
  }
}
