/** Fields of a map's values that only the kernel works on: spin locks and timers. */

import { type Bytes, bytes } from "../bytes/index.ts";
import type { ArrayMap, HashMap, ReferenceTo } from "./maps.ts";
import { onlyInKernel } from "./only-in-kernel.ts";
import type { BytesType, Type, ValueOf } from "./types.ts";

declare const special: unique symbol;

/** A lock in a map's value. It is taken and given back, never read or written. */
export interface SpinLock {
  readonly [special]: "spinLock";
}

/** A timer in a map's value. */
export interface Timer {
  readonly [special]: "timer";
}

/** The type of a field that only the kernel works on. Userspace reads it as bytes without a meaning. */
export interface SpecialType<Value> extends Omit<BytesType, "zero"> {
  zero(): Value;
}

function field(sizeBytes: number, alignment: number): Bytes {
  return { ...bytes(sizeBytes), alignment };
}

/** `struct bpf_spin_lock` of the kernel: `struct({ guard: spinLock, … })`, at most one a value, not inside another struct. */
export const spinLock = field(4, 4) as unknown as SpecialType<SpinLock>;

/** `struct bpf_timer` of the kernel: `struct({ expiry: timer, … })`, at most one a value. */
export const timer = field(16, 8) as unknown as SpecialType<Timer>;

/** Waits for the lock of a value, which then no other CPU changes. Nothing may be called until `unlock`. */
export function lock(_guard: SpinLock): void {
  onlyInKernel("lock");
}

/** Gives the lock back. */
export function unlock(_guard: SpinLock): void {
  onlyInKernel("unlock");
}

/**
 * Calls `onExpire` with the entry in `delayNs` nanoseconds, once; a timer that runs begins again. It stands in a value of
 * `map`. False if it could not be started.
 */
export function startTimer<K extends Type, V extends Type>(
  _timer: Timer,
  _map: HashMap<K, V>,
  _onExpire: (key: ValueOf<K>, value: ReferenceTo<V>) => void,
  _delayNs: bigint,
): boolean;
export function startTimer<V extends Type>(
  _timer: Timer,
  _map: ArrayMap<V>,
  _onExpire: (index: number, value: ReferenceTo<V>) => void,
  _delayNs: bigint,
): boolean;
export function startTimer(): never {
  return onlyInKernel("startTimer");
}

/** Stops a timer, and waits for its function to end. True if it ran. */
export function cancelTimer(_timer: Timer): boolean {
  return onlyInKernel("cancelTimer");
}
