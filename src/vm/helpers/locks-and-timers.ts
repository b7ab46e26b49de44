/** Fields of values that only the kernel works on: locks, which nobody else waits for here, and timers. */

import { indexMask, objectIndexes } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { type MapTimer, takeDueTimer, timersOf } from "../maps/timers.ts";
import { errors, flagsOf, long, mapArgument, memoryArgument, setRegister } from "./arguments.ts";
import type { HelperGroup } from "./helper.ts";

const timerBytes = 16;
/** `CLOCK_REALTIME`, `CLOCK_MONOTONIC`, `CLOCK_BOOTTIME`. */
const clocks: readonly number[] = [0, 1, 7];
/** `BPF_F_TIMER_ABS`, `BPF_F_TIMER_CPU_PIN`. */
const startFlags = { absolute: 1, all: 3 } as const;
const lockBytes = 4;

export const lockAndTimerHelpers: HelperGroup = {
  bpf_spin_lock(machine) {
    const at = memoryArgument(machine, "bpf_spin_lock", 1, lockBytes, true);
    if (at < 0) return;
    if (machine.view.getUint32(at, true) !== 0) {
      machine.complain("calls bpf_spin_lock on a lock that it holds: it would wait for ever");
      return;
    }
    machine.view.setUint32(at, 1, true);
    machine.result(0);
  },
  bpf_spin_unlock(machine) {
    const at = memoryArgument(machine, "bpf_spin_unlock", 1, lockBytes, true);
    if (at < 0) return;
    machine.view.setUint32(at, 0, true);
    machine.result(0);
  },
  bpf_timer_init(machine) {
    const at = memoryArgument(machine, "bpf_timer_init", 1, timerBytes, true);
    const map = mapArgument(machine, "bpf_timer_init", 2);
    if (at < 0 || map === undefined) return;
    const clock = flagsOf(machine, 3);
    if (!clocks.includes(clock)) return machine.result(errors.invalid);
    const timers = timersOf(machine);
    if (timers.has(at)) return machine.result(errors.busy);
    timers.set(at, { map, clock, handle: machine.registers[3]! });
    machine.result(0);
  },
  bpf_timer_set_callback(machine) {
    const timer = timerArgument(machine, "bpf_timer_set_callback");
    if (timer === undefined) return;
    const [low, high] = [machine.registers[4]!, machine.registers[5]!];
    if (timer === "none" || machine.running === undefined) return machine.result(errors.invalid);
    timer.callback = { low, high, program: machine.running };
    machine.result(0);
  },
  bpf_timer_start(machine) {
    const timer = timerArgument(machine, "bpf_timer_start");
    if (timer === undefined) return;
    const flags = flagsOf(machine, 3);
    if (timer === "none" || flags > startFlags.all || timer.callback === undefined)
      return machine.result(errors.invalid);
    const time = long(machine, 2);
    timer.dueNs = (flags & startFlags.absolute) !== 0 ? time : machine.surroundings.now() + time;
    machine.result(0);
  },
  bpf_timer_cancel(machine) {
    const timer = timerArgument(machine, "bpf_timer_cancel");
    if (timer === undefined) return;
    if (timer === "none") return machine.result(errors.invalid);
    const wasPending = timer.dueNs !== undefined;
    delete timer.dueNs;
    delete timer.callback;
    machine.result(wasPending ? 1 : 0);
  },
};

function timerArgument(machine: Machine, helper: string): MapTimer | "none" | undefined {
  const at = memoryArgument(machine, helper, 1, timerBytes, true);
  return at < 0 ? undefined : (timersOf(machine).get(at) ?? "none");
}

/** Room for the key of the entry whose timer expires; nothing else calls then. */
const keyAt = new WeakMap<Machine, { readonly address: number; readonly index: number }>();

/**
 * Takes the next timer that is due at `nowNs` and not in `done`, to which it is added, and lays out what its function gets: the map, the
 * key and the value. The caller runs the function. `undefined` when none is due.
 */
export function prepareDueTimer(
  machine: Machine,
  nowNs: bigint,
  done: Set<MapTimer>,
): NonNullable<MapTimer["callback"]> | undefined {
  for (;;) {
    const due = takeDueTimer(machine, nowNs, done);
    if (due === undefined) return undefined;
    const [, timer] = due;
    const { map, handle, callback } = timer;
    done.add(timer);
    const entry = entryOf(machine, map, handle);
    if (callback === undefined || entry === undefined) continue;
    setRegister(machine, 1, map.address, machine.objects.handle(map.index));
    setRegister(machine, 2, entry.keyLow, entry.keyHigh);
    setRegister(machine, 3, entry.valueLow, handle);
    return callback;
  }
}

/** Finds the entry whose value has `handle`, and puts its key where the function can read it. */
function entryOf(machine: Machine, map: MapTimer["map"], handle: number) {
  if (machine.objects.handle(handle & indexMask) !== handle) return undefined;
  const { scratch } = objectIndexes;
  let found: { keyLow: number; keyHigh: number; valueLow: number } | undefined;
  map.program.each?.((key, low, high) => {
    if (high !== handle) return true;
    const { keySizeBytes } = map.spec;
    let room = keyAt.get(machine);
    if (room === undefined) {
      room = { address: machine.allocate(1024), index: scratch };
      keyAt.set(machine, room);
    }
    machine.u8.copyWithin(room.address, key, key + keySizeBytes);
    machine.objects.place(scratch, room.address, keySizeBytes, 0);
    found = { keyLow: room.address, keyHigh: machine.objects.handle(scratch), valueLow: low };
    return false;
  });
  return found;
}
