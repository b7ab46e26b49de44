/** Timers in values of maps (`struct bpf_timer`), by the sandbox's clock: nothing runs until someone asks what is due. */

import type { Machine, RunningProgram } from "../machine.ts";
import type { SandboxMap } from "./map.ts";

/** A timer that a program made; known by the linear address of its field. */
export interface MapTimer {
  readonly map: SandboxMap;
  /** The upper half of pointers to the value it stands in. */
  readonly handle: number;
  /** Clock that it goes by (`CLOCK_MONOTONIC` 1, `CLOCK_BOOTTIME` 7); the sandbox has one. */
  readonly clock: number;
  /** The function to call, and the program it is of. */
  callback?: { readonly low: number; readonly high: number; readonly program: RunningProgram };
  dueNs?: bigint;
}

const timersOfMachine = new WeakMap<Machine, Map<number, MapTimer>>();

/** All timers of a machine, by the address of their field. */
export function timersOf(machine: Machine): Map<number, MapTimer> {
  let timers = timersOfMachine.get(machine);
  if (timers === undefined) {
    timers = new Map();
    timersOfMachine.set(machine, timers);
  }
  return timers;
}

/** The next timer that is due at `nowNs`, the earliest first, but for those in `done`; it is not pending any more. */
export function takeDueTimer(
  machine: Machine,
  nowNs: bigint,
  done: ReadonlySet<MapTimer>,
): readonly [address: number, timer: MapTimer] | undefined {
  let next: readonly [number, MapTimer] | undefined;
  for (const entry of timersOf(machine)) {
    const { dueNs } = entry[1];
    if (dueNs === undefined || dueNs > nowNs || done.has(entry[1])) continue;
    if (next === undefined || dueNs < next[1].dueNs!) next = entry;
  }
  if (next !== undefined) delete next[1].dueNs;
  return next;
}

/** When the next timer is due; `undefined` when none is pending. */
export function nextTimerNs(machine: Machine): bigint | undefined {
  let next: bigint | undefined;
  for (const { dueNs } of timersOf(machine).values())
    if (dueNs !== undefined && (next === undefined || dueNs < next)) next = dueNs;
  return next;
}
