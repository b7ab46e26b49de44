/** Arrays, with a value for each processor or one for all (`kernel/bpf/arraymap.c`): all entries are there, always. */

import type { MapSpec } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import { type MapInPrograms, mapErrors, updateFlags } from "./map.ts";
import { found, type MapParts, notFound } from "./users.ts";
import { isPerCpu, mapValues, reserveValues } from "./value.ts";

export function arrayMap(machine: Machine, spec: MapSpec): MapParts {
  const { maxEntries } = spec;
  const perCpu = isPerCpu(spec);
  const processors = perCpu ? machine.processors : 1;
  const values = mapValues(machine, spec);
  const { strideBytes } = values;
  const objects = reserveValues(machine, maxEntries, processors);
  // The values of one processor stand together: to a program they are an array as any.
  const first = machine.allocate(strideBytes * maxEntries * processors);
  const addressOf = (index: number, processor: number) => first + (processor * maxEntries + index) * strideBytes;
  for (let slot = 0; slot < maxEntries * processors; slot++) {
    values.place(objects.firstIndex + slot, first + slot * strideBytes);
  }

  /** Where a walk puts the key for the function that it calls. */
  const keyAt = machine.allocate(8);

  const indexAt = (key: number) => machine.view.getUint32(key, true);
  const currentProcessor = () => (perCpu ? machine.surroundings.processor : 0);
  const pointTo = (index: number, processor: number) =>
    found(
      program,
      addressOf(index, processor),
      machine.objects.handle(objects.firstIndex + processor * maxEntries + index),
    );
  const refusal = (index: number, flags: number): number => {
    if ((flags & updateFlags.lock) !== 0 && (!values.hasLock || perCpu)) return mapErrors.invalid;
    if ((flags & ~updateFlags.lock) >>> 0 > updateFlags.exist) return mapErrors.invalid;
    if (index >= maxEntries) return mapErrors.full;
    return (flags & updateFlags.noExist) === 0 ? mapErrors.ok : mapErrors.exists;
  };
  const program: MapInPrograms = {
    low: 0,
    high: 0,
    lookup(key) {
      const index = indexAt(key);
      return index < maxEntries ? pointTo(index, currentProcessor()) : notFound(program);
    },
    ...(perCpu && {
      lookupOn(key: number, processor: number) {
        const index = indexAt(key);
        return index < maxEntries && processor < processors ? pointTo(index, processor) : notFound(program);
      },
    }),
    update(key, value, flags) {
      const index = indexAt(key);
      const error = refusal(index, flags);
      if (error === mapErrors.ok) values.write(addressOf(index, currentProcessor()), value);
      return error;
    },
    remove: () => mapErrors.invalid,
    each(visit) {
      for (let index = 0; index < maxEntries; index++) {
        machine.view.setUint32(keyAt, index, true);
        pointTo(index, currentProcessor());
        if (!visit(keyAt, program.low, program.high)) return index + 1;
      }
      return maxEntries;
    },
  };

  return {
    program,
    ...(!perCpu && {
      place: { kind: "array", count: maxEntries, objects, firstAddress: first, strideBytes } as const,
    }),
    valueBytes: perCpu ? strideBytes * processors : spec.valueSizeBytes,
    read(key, into) {
      const index = indexAt(key);
      if (index >= maxEntries) return mapErrors.noEntry;
      for (let processor = 0; processor < processors; processor++) {
        values.show(addressOf(index, processor), into, processor * strideBytes);
      }
      return mapErrors.ok;
    },
    write(key, value, flags) {
      const index = indexAt(key);
      const error = refusal(index, flags);
      if (error !== mapErrors.ok) return error;
      for (let processor = 0; processor < processors; processor++) {
        values.write(addressOf(index, processor), value + processor * strideBytes);
      }
      return mapErrors.ok;
    },
    remove: () => mapErrors.invalid,
    keys: () => new Uint8Array(Uint32Array.from({ length: maxEntries }, (_, index) => index).buffer),
    mapped: () => new DataView(machine.u8.buffer, first, strideBytes * maxEntries),
  };
}
