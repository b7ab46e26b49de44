/** Queues and stacks (`kernel/bpf/queue_stack_maps.c`). */

import type { MapSpec } from "../../spec/index.ts";
import { alignUp } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { mapErrors, updateFlags } from "./map.ts";
import { type MapParts, noProgramSide } from "./users.ts";

export function queueMap(machine: Machine, spec: MapSpec): MapParts {
  const { maxEntries, valueSizeBytes } = spec;
  const strideBytes = alignUp(valueSizeBytes, 8);
  const first = machine.allocate(strideBytes * maxEntries);
  const isStack = spec.type === "stack";
  let oldest = 0;
  let count = 0;
  const slot = (position: number) => first + ((oldest + position) % maxEntries) * strideBytes;
  const next = () => slot(isStack ? count - 1 : 0);
  const push = (value: number, flags: number) => {
    if ((flags & updateFlags.noExist) !== 0 || flags > updateFlags.exist) return mapErrors.invalid;
    if (count === maxEntries) {
      if ((flags & updateFlags.exist) === 0) return mapErrors.full;
      oldest = (oldest + 1) % maxEntries;
      count--;
    }
    machine.u8.copyWithin(slot(count), value, value + valueSizeBytes);
    count++;
    return mapErrors.ok;
  };
  const drop = () => {
    if (!isStack) oldest = (oldest + 1) % maxEntries;
    count--;
  };
  const peek = (value: number) => {
    if (count === 0) {
      machine.u8.fill(0, value, value + valueSizeBytes);
      return mapErrors.noEntry;
    }
    machine.u8.copyWithin(value, next(), next() + valueSizeBytes);
    return mapErrors.ok;
  };
  const read = (_key: number, into: Uint8Array) => {
    if (count === 0) return mapErrors.noEntry;
    into.set(machine.u8.subarray(next(), next() + valueSizeBytes));
    return mapErrors.ok;
  };
  return {
    program: {
      ...noProgramSide(),
      push,
      peek,
      pop(value) {
        const result = peek(value);
        if (result === mapErrors.ok) drop();
        return result;
      },
    },
    read,
    write: (_key, value, flags) => push(value, flags),
    remove: () => mapErrors.invalid,
    take(key, into) {
      const result = read(key, into);
      if (result === mapErrors.ok) drop();
      return result;
    },
    keys: () => new Uint8Array(),
  };
}
