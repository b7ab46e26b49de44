/**
 * Values that hang on sockets, tasks, cgroups and files (`kernel/bpf/bpf_local_storage.c`). An owner is known by the pointer that
 * programs have of it. Users, who name owners by descriptors in the kernel, name them by the lower half of that pointer.
 */

import type { MapSpec } from "../../spec/index.ts";
import { alignUp } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { type MapStorage, mapErrors, updateFlags } from "./map.ts";
import { found, type MapParts, noProgramSide, notFound } from "./users.ts";
import { mapValues } from "./value.ts";

/** Owners that can have a value at once: the kernel asks for no number, and the table of objects needs one. */
export const mostOwners = 4096;

export function storageMap(machine: Machine, spec: MapSpec): MapParts {
  const values = mapValues(machine, spec);
  const objects = machine.objects.reserve(mostOwners);
  /** Slots by owner, and the address of each slot, made when it is first used. */
  const slots = new Map<number, number>();
  const addresses: number[] = [];
  const free: number[] = [];
  const program = noProgramSide();
  const numberOf = (owner: bigint) => Number(BigInt.asUintN(32, owner));

  const newSlot = (): number => {
    const slot = free.pop() ?? addresses.length;
    if (slot === mostOwners) return -1;
    if (slot === addresses.length) addresses.push(machine.allocate(alignUp(spec.valueSizeBytes, 8)));
    values.place(objects.firstIndex + slot, addresses[slot]!);
    return slot;
  };
  const removeOf = (owner: number): number => {
    const slot = slots.get(owner);
    if (slot === undefined) return mapErrors.noEntry;
    slots.delete(owner);
    values.end(addresses[slot]!);
    machine.objects.retire(objects.firstIndex + slot);
    free.push(slot);
    return mapErrors.ok;
  };
  const storage: MapStorage = {
    get(owner, create, initial) {
      const number = numberOf(owner);
      let slot = slots.get(number);
      if (slot === undefined) {
        slot = create ? newSlot() : -1;
        if (slot < 0) return notFound(program);
        slots.set(number, slot);
        const at = addresses[slot]!;
        if (initial === 0) machine.u8.fill(0, at, at + spec.valueSizeBytes);
        else values.begin(at, initial);
      }
      return found(program, addresses[slot]!, machine.objects.handle(objects.firstIndex + slot));
    },
    remove: (owner) => removeOf(numberOf(owner)),
  };
  const ownerAt = (key: number) => machine.view.getUint32(key, true);
  return {
    program,
    storage,
    read(key, into) {
      const slot = slots.get(ownerAt(key));
      if (slot === undefined) return mapErrors.noEntry;
      values.show(addresses[slot]!, into, 0);
      return mapErrors.ok;
    },
    write(key, value, flags) {
      if ((flags & updateFlags.lock) !== 0 && !values.hasLock) return mapErrors.invalid;
      if ((flags & ~updateFlags.lock) >>> 0 > updateFlags.exist) return mapErrors.invalid;
      const owner = ownerAt(key);
      const there = slots.get(owner);
      if (there !== undefined) {
        if ((flags & updateFlags.noExist) !== 0) return mapErrors.exists;
        values.write(addresses[there]!, value);
        return mapErrors.ok;
      }
      if ((flags & updateFlags.exist) !== 0) return mapErrors.noEntry;
      const slot = newSlot();
      if (slot < 0) return mapErrors.noMemory;
      slots.set(owner, slot);
      values.begin(addresses[slot]!, value);
      return mapErrors.ok;
    },
    remove: (key) => removeOf(ownerAt(key)),
    keys: () => new Uint8Array(Uint32Array.from(slots.keys()).buffer),
  };
}
