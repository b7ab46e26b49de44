/** Attaching what the scope of a run suffices for; the rest says what it would need. */

import type { AnyCollection } from "../collection/index.ts";
import type { HookKind } from "../spec/index.ts";
import { type HookKindRow, hookKinds, type ProgramSpec } from "../spec/index.ts";

/** What is known of where to attach. */
export interface Places {
  /** The directory of a cgroup. */
  readonly cgroup: string | undefined;
  readonly pid: number | undefined;
  readonly interface: string | undefined;
}

/** A program that was not attached, and why. */
export interface LeftOut {
  readonly program: string;
  readonly reason: string;
}

/** Samples a second on each processor: not a divisor of anything that runs on a timer. */
const samplesHz = 99;

type Plan = (places: Places, spec: ProgramSpec) => object | string;

const asItIs: Plan = () => ({});
const inCgroup: Plan = ({ cgroup }) => (cgroup === undefined ? "it needs --cgroup, or a command" : { cgroup });
const inProcess: Plan = ({ pid }, { hook }) =>
  hook.target === ""
    ? "where it is attached must be said: by the module's default export"
    : pid === undefined
      ? {}
      : { pid };
const atInterface: Plan = (places) =>
  places.interface === undefined ? "it needs --interface" : { interface: places.interface };
const bySelf: Plan = () => "it is attached by the module's default export only";

const plans: Partial<Readonly<Record<HookKind, Plan>>> = {
  uprobe: inProcess,
  uretprobe: inProcess,
  uprobeMulti: inProcess,
  uretprobeMulti: inProcess,
  uprobeSession: inProcess,
  usdt: inProcess,
  perfEvent: ({ pid }) => ({ frequencyHz: samplesHz, ...(pid !== undefined && { pid }) }),
  xdp: atInterface,
  tcxIngress: atInterface,
  tcxEgress: atInterface,
  trafficControl: (places) => {
    const place = atInterface(places, undefined as never);
    return typeof place === "string" ? place : { ...place, direction: "ingress" };
  },
  lsmCgroup: inCgroup,
  socketOps: inCgroup,
  socketLookup: bySelf,
  iterator: () => "it runs at the end",
};

/** Types of programs that are attached as they are. */
const machineWide = new Set(["tracing", "rawTracepoint", "tracepoint", "kprobe", "lsm"]);

/** How one program is attached: its options, or what is missing. */
export function planFor(spec: ProgramSpec, places: Places): object | string {
  const { kind } = spec.hook;
  const { program }: HookKindRow = hookKinds[kind];
  const plan = plans[kind] ?? (program.startsWith("cgroup") ? inCgroup : machineWide.has(program) ? asItIs : bySelf);
  return plan(places, spec);
}

/** Attaches every program that can be, and returns the others. */
export function attachInScope({ programs, kernel }: AnyCollection, places: Places): LeftOut[] {
  return [...kernel.programs].flatMap(([name, { spec }]) => {
    const plan = planFor(spec, places);
    if (typeof plan === "string") return [{ program: name, reason: plan }];
    (programs[name]!.attach as (options: object) => unknown)(plan);
    return [];
  });
}
