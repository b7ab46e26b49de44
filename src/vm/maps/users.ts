/** The users' side of a map, made of operations on linear addresses: bytes are copied in and out. */

import { InputError } from "../../errors/error.ts";
import { type MapSpec, mapFlags } from "../../spec/index.ts";
import { alignUp } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { type MapInPrograms, type MapInUsers, mapErrors, type SandboxMap } from "./map.ts";

/** What a type of map is made of. Keys and values lie at linear addresses; a value is the whole one, of all processors. */
export interface MapParts extends Pick<SandboxMap, "place" | "ring" | "records" | "storage" | "stackId"> {
  readonly program: MapInPrograms;
  /** The value's bytes for a user; `spec.valueSizeBytes` when absent. */
  readonly valueBytes?: number;
  /** Puts the value into `into`. */
  read(key: number, into: Uint8Array): number;
  write(key: number, value: number, flags: number): number;
  remove(key: number): number;
  take?(key: number, into: Uint8Array): number;
  keys(): Uint8Array;
  mapped?(): DataView;
}

/** Where a map's own object lies; programs cannot read it. */
export interface MapIdentity {
  readonly index: number;
  readonly address: number;
}

/** Puts a map together. */
export function finishMap(machine: Machine, spec: MapSpec, identity: MapIdentity, parts: MapParts): SandboxMap {
  const { keySizeBytes } = spec;
  const valueBytes = parts.valueBytes ?? spec.valueSizeBytes;
  const keyAt = machine.allocate(alignUp(keySizeBytes, 8) + valueBytes);
  const valueAt = keyAt + alignUp(keySizeBytes, 8);
  let frozen = false;
  const place = (key: Uint8Array) => {
    machine.u8.set(sized(spec, "key", key, keySizeBytes), keyAt);
    return keyAt;
  };
  const readable = (spec.flags & mapFlags.writeOnlyFromUserspace) === 0;
  const writable = () => !frozen && (spec.flags & mapFlags.readOnlyFromUserspace) === 0;
  const user: MapInUsers = {
    lookup(key, value) {
      if (!readable) return mapErrors.permission;
      // A Bloom filter is asked for a value.
      if (spec.type === "bloomFilter") machine.u8.set(sized(spec, "value", value, valueBytes), valueAt);
      return parts.read(spec.type === "bloomFilter" ? valueAt : place(key), value);
    },
    update(key, value, flags) {
      if (!writable()) return mapErrors.permission;
      machine.u8.set(sized(spec, "value", value, valueBytes), valueAt);
      return parts.write(place(key), valueAt, flags);
    },
    remove: (key) => (writable() ? parts.remove(place(key)) : mapErrors.permission),
    take(key, value) {
      if (!readable || !writable()) return mapErrors.permission;
      return parts.take === undefined ? mapErrors.noSuchOperation : parts.take(place(key), value);
    },
    keys: () => (readable ? parts.keys() : new Uint8Array()),
  };
  return {
    spec,
    ...identity,
    program: parts.program,
    ...(parts.place !== undefined && { place: parts.place }),
    ...(parts.ring !== undefined && { ring: parts.ring }),
    ...(parts.records !== undefined && { records: parts.records }),
    ...(parts.storage !== undefined && { storage: parts.storage }),
    ...(parts.stackId !== undefined && { stackId: parts.stackId }),
    valueBytes,
    user,
    get(key) {
      const value = new Uint8Array(valueBytes);
      return user.lookup(key, value) === mapErrors.ok ? value : undefined;
    },
    update: user.update,
    remove: (key) => user.remove(key) === mapErrors.ok,
    take(key) {
      const value = new Uint8Array(valueBytes);
      return user.take(key, value) === mapErrors.ok ? value : undefined;
    },
    *keys() {
      const keys = user.keys();
      for (let at = 0; at < keys.length; at += keySizeBytes) yield keys.slice(at, at + keySizeBytes);
    },
    mapped() {
      if (parts.mapped !== undefined) return parts.mapped();
      throw new InputError("SANDBOX_MAP_NOT_MAPPED", `the map ${spec.name} is no array: its values are not mapped`);
    },
    freeze() {
      frozen = true;
    },
  };
}

function sized({ name }: MapSpec, what: string, bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.length === sizeBytes) return bytes;
  throw new InputError("SANDBOX_MAP_SIZE", `the map ${name} has ${what}s of ${sizeBytes} bytes, not ${bytes.length}`);
}

/** A program's side of a map that programs can do nothing with by the usual helpers. */
export function noProgramSide(): MapInPrograms {
  return {
    low: 0,
    high: 0,
    lookup: () => false,
    update: () => mapErrors.noSuchOperation,
    remove: () => mapErrors.noSuchOperation,
  };
}

/** What `lookup` gives for none. */
export function found(program: MapInPrograms, low: number, high: number): boolean {
  program.low = low;
  program.high = high;
  return true;
}

export function notFound(program: MapInPrograms): false {
  program.low = 0;
  program.high = 0;
  return false;
}
