/** A live map of any runtime, as bytes: what shapes (typed-map.ts, special-maps.ts) are put over. */

import { KernelError } from "../errors/error.ts";
import type { MapSpec } from "../spec/index.ts";
import type { RingBufferReader } from "./ring-reader.ts";

/** Whether an entry has to be there before it is written (`BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`). */
export const updateModes = { any: 0, noExist: 1, exist: 2 } as const;

/** A name of `updateModes`. */
export type UpdateMode = keyof typeof updateModes;

/** One element at a time, through fixed memory: a call makes nothing. What a call gives is valid until the next. */
export interface MapCalls {
  readonly key: DataView;
  readonly value: DataView;
  /** Reads the value of `key` into `value`; false when there is none. */
  lookup(): boolean;
  /** Writes `value`: 0, or the errno for the caller to explain. */
  update(flags: number): number;
  /** False when `key` was not there. */
  remove(): boolean;
  /** As `lookup`, and the entry is gone. */
  take(): boolean;
  /** What an errno of `update` means that is none of the usual ones. */
  failure(errno: number): Error;
}

/** Where an entry lies; both views are reused for the entry after it. */
export interface WalkStep {
  readonly keys: DataView;
  readonly keyOffset: number;
  readonly values: DataView;
  readonly valueOffset: number;
}

/** Writes one entry where it is told to. */
export type EntryWriter<Entry> = (
  keys: DataView,
  keyOffset: number,
  values: DataView,
  valueOffset: number,
  entry: Entry,
) => void;

/** A map of the kernel or of a sandbox. */
export interface MapBytes {
  readonly spec: MapSpec;
  /** Bytes of one value as user space sees it: for per-CPU maps one value, padded to 8 bytes, for each possible CPU. */
  readonly valueBytes: number;
  /** How many values an entry of a per-CPU map has. */
  readonly processors: number;
  /** A copy of the value, or `undefined`. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** False when `mode` asks for an entry that is not there, or for none and there is one. Throws when the map is full. */
  set(key: Uint8Array, value: Uint8Array, mode?: UpdateMode): boolean;
  /** True when the key was there. */
  delete(key: Uint8Array): boolean;
  /** A copy of the value, which is deleted (Linux 5.14 for hashes; the value of a queue or stack comes off with an empty key). */
  take(key: Uint8Array): Uint8Array | undefined;
  /** Every key once. */
  keys(): Generator<Uint8Array>;
  /** Calls through memory that is kept, for who cannot afford copies. */
  readonly calls: MapCalls;
  /** Every entry once, in place: what is given is valid until the next step. With `take` they are deleted as they are read. */
  walk(take?: boolean): Generator<WalkStep>;
  /** Writes all entries, in batches where that is cheaper. Throws at the first that the map does not take. */
  writeAll<Entry>(entries: Iterable<Entry>, mode: UpdateMode, write: EntryWriter<Entry>): void;
  /** The value memory of an array, shared with programs. */
  mapped(): DataView;
  /** Reads a ring buffer in place. One reader a buffer. */
  readRing(): RingBufferReader;
}

/** Numbers that a map answers an update with (`errno-base.h`). */
export const mapErrno = { noEntry: 2, full: 7, exists: 17, noSpace: 28 } as const;

/** Writes what lies in the memory of `calls`; false when the entry is there, or not, against the wish of `mode`. */
export function update(spec: MapSpec, calls: MapCalls, mode: UpdateMode = "any"): boolean {
  const errno = calls.update(updateModes[mode]);
  if (errno === 0) return true;
  if (mode === "noExist" && errno === mapErrno.exists) return false;
  if (mode === "exist" && errno === mapErrno.noEntry) return false;
  throw writeFailure(spec, calls, errno);
}

/** Why a map did not take an entry. */
export function writeFailure(spec: MapSpec, calls: MapCalls, errno: number): Error {
  if (errno === mapErrno.full || errno === mapErrno.noSpace) {
    return new KernelError("MAP_FULL", `the map ${spec.name} is full: it holds ${spec.maxEntries} entries`);
  }
  if (errno === mapErrno.exists) {
    return new KernelError("MAP_ENTRY_EXISTS", `the map ${spec.name} has such an entry already`);
  }
  if (errno === mapErrno.noEntry) return new KernelError("MAP_ENTRY_ABSENT", `the map ${spec.name} has no such entry`);
  return calls.failure(errno);
}

export const align8 = (size: number): number => (size + 7) & ~7;
