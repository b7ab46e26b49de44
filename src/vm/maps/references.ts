/**
 * Maps whose entries are other things, which a number stands for: programs (their place in the sandbox plus one), maps (the
 * index of their object), devices, processors, sockets, cgroups (their id). Programs see entries only through helpers, such as
 * `bpf_tail_call` and `bpf_redirect_map`.
 */

import type { MapSpec, MapTypeName } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import { hashMap } from "./hash.ts";
import { type MapInPrograms, mapErrors, type SandboxMap, updateFlags } from "./map.ts";
import { found, type MapParts, noProgramSide, notFound } from "./users.ts";

/** An array of them: `programArray`, `cgroupArray`, `deviceMap`, … */
export function referenceArray(machine: Machine, spec: MapSpec): MapParts {
  const { valueSizeBytes } = spec;
  const entries = new Map<number, Uint8Array>();
  const refuses = refusing(machine, spec);
  const indexAt = (key: number) => machine.view.getUint32(key, true);
  const remove = (key: number): number => {
    const index = indexAt(key);
    if (index >= spec.maxEntries)
      return spec.type === "deviceMap" || spec.type === "cpuMap" ? mapErrors.invalid : mapErrors.full;
    if (entries.delete(index) || alwaysDeletes.has(spec.type)) return mapErrors.ok;
    return spec.type === "socketMap" ? mapErrors.invalid : mapErrors.noEntry;
  };
  return {
    program: noProgramSide(),
    read(key, into) {
      const entry = entries.get(indexAt(key));
      if (entry === undefined) return mapErrors.noEntry;
      into.set(entry);
      return mapErrors.ok;
    },
    write(key, value, flags) {
      const index = indexAt(key);
      const exists = entries.has(index);
      if (onlyAny.has(spec.type) ? flags !== updateFlags.any : flags > updateFlags.exist) return mapErrors.invalid;
      if (index >= spec.maxEntries) return mapErrors.full;
      if (flags === updateFlags.noExist && (exists || !mayBeNew.has(spec.type))) return mapErrors.exists;
      if (flags === updateFlags.exist && !exists && mayBeNew.has(spec.type)) return mapErrors.noEntry;
      const bytes = machine.u8.slice(value, value + valueSizeBytes);
      const error = refuses(bytes);
      if (error === mapErrors.ok) entries.set(index, bytes);
      return error;
    },
    remove,
    keys: () => new Uint8Array(Uint32Array.from({ length: spec.maxEntries }, (_, index) => index).buffer),
  };
}

/** Descriptors of programs and maps are taken with `BPF_ANY` only (`bpf_fd_array_map_update_elem`). */
const onlyAny: ReadonlySet<MapTypeName> = new Set(["programArray", "arrayOfMaps", "cgroupArray", "perfEventArray"]);
/** Arrays of sockets begin empty, and `BPF_NOEXIST` makes sense; of devices and processors every entry counts as there. */
const mayBeNew: ReadonlySet<MapTypeName> = new Set(["socketMap", "xdpSocketMap", "reuseportSocketArray"]);
const alwaysDeletes: ReadonlySet<MapTypeName> = new Set(["deviceMap", "cpuMap", "xdpSocketMap"]);

/** Maps in a map, and sockets and devices by keys of any size. */
export function referenceHash(machine: Machine, spec: MapSpec): MapParts {
  const parts = hashMap(machine, { ...spec, type: "hash", keyTypeId: 0, valueTypeId: 0 });
  const refuses = refusing(machine, spec);
  const { place: _, ...rest } = parts;
  return {
    ...rest,
    program: noProgramSide(),
    write(key, value, flags) {
      const error = refuses(machine.u8.slice(value, value + spec.valueSizeBytes));
      return error === mapErrors.ok ? parts.write(key, value, flags) : error;
    },
  };
}

/** Maps of maps: programs look the inner map up. */
export function mapsInMap(machine: Machine, spec: MapSpec): MapParts {
  const parts = spec.type === "arrayOfMaps" ? referenceArray(machine, spec) : referenceHash(machine, spec);
  const held = new Uint8Array(4);
  const program: MapInPrograms = {
    ...noProgramSide(),
    lookup(key) {
      if (parts.read(key, held) !== mapErrors.ok) return notFound(program);
      const map = mapBehind(machine, held)!;
      return found(program, map.address, machine.objects.handle(map.index));
    },
  };
  return { ...parts, program };
}

function mapBehind(machine: Machine, value: Uint8Array): SandboxMap | undefined {
  return machine.mapsByIndex.get(new DataView(value.buffer, value.byteOffset).getUint32(0, true));
}

/** An error number for a value that such a map does not take. */
function refusing(machine: Machine, { type, inner }: MapSpec): (value: Uint8Array) => number {
  if (type !== "arrayOfMaps" && type !== "hashOfMaps") return () => mapErrors.ok;
  return (value) => {
    const map = mapBehind(machine, value);
    if (map === undefined) return mapErrors.badDescriptor;
    return inner === undefined || isAlike(map.spec, inner) ? mapErrors.ok : mapErrors.invalid;
  };
}

/** What the kernel compares (`bpf_map_meta_equal`, `array_map_meta_equal`). */
function isAlike(one: MapSpec, other: MapSpec): boolean {
  return (
    one.type === other.type &&
    one.keySizeBytes === other.keySizeBytes &&
    one.valueSizeBytes === other.valueSizeBytes &&
    one.flags === other.flags &&
    (one.type !== "array" || one.maxEntries === other.maxEntries)
  );
}
