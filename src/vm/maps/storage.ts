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

const mostOwners = 4096;
const fewestOwners = 64;
const mostBytes = 1 << 24;

/** Owners that can have a value at once: the kernel asks for no number, and memory cannot grow while a program runs. */
export const ownersOf = ({ valueSizeBytes }: Pick<MapSpec, "valueSizeBytes">): number =>
  Math.min(mostOwners, Math.max(fewestOwners, Math.floor(mostBytes / alignUp(valueSizeBytes, 8))));

export function storageMap(machine: Machine, spec: MapSpec): MapParts {
  const values = mapValues(machine, spec);
  const owners = ownersOf(spec);
  const objects = machine.objects.reserve(owners);
  const first = machine.allocate(values.strideBytes * owners);
  /** Slots by owner. */
  const slots = new Map<number, number>();
  const free: number[] = [];
  let used = 0;
  const addressOf = (slot: number) => first + slot * values.strideBytes;
  const program = noProgramSide();
  const numberOf = (owner: bigint) => Number(BigInt.asUintN(32, owner));

  const newSlot = (): number => {
    const slot = free.pop() ?? (used < owners ? used++ : -1);
    if (slot >= 0) values.place(objects.firstIndex + slot, addressOf(slot));
    return slot;
  };
  const removeOf = (owner: number): number => {
    const slot = slots.get(owner);
    if (slot === undefined) return mapErrors.noEntry;
    slots.delete(owner);
    values.end(addressOf(slot));
    machine.objects.retireAfterRun(objects.firstIndex + slot);
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
        const at = addressOf(slot);
        if (initial === 0) machine.u8.fill(0, at, at + spec.valueSizeBytes);
        else values.begin(at, initial);
      }
      return found(program, addressOf(slot), machine.objects.handle(objects.firstIndex + slot));
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
      values.show(addressOf(slot), into, 0);
      return mapErrors.ok;
    },
    write(key, value, flags) {
      if ((flags & updateFlags.lock) !== 0 && !values.hasLock) return mapErrors.invalid;
      if ((flags & ~updateFlags.lock) >>> 0 > updateFlags.exist) return mapErrors.invalid;
      const owner = ownerAt(key);
      const there = slots.get(owner);
      if (there !== undefined) {
        if ((flags & updateFlags.noExist) !== 0) return mapErrors.exists;
        values.write(addressOf(there), value);
        return mapErrors.ok;
      }
      if ((flags & updateFlags.exist) !== 0) return mapErrors.noEntry;
      const slot = newSlot();
      if (slot < 0) return mapErrors.noMemory;
      slots.set(owner, slot);
      values.begin(addressOf(slot), value);
      return mapErrors.ok;
    },
    remove: (key) => removeOf(ownerAt(key)),
    keys: () => new Uint8Array(Uint32Array.from(slots.keys()).buffer),
  };
}
