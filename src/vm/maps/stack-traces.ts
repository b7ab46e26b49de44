/** Stack traces (`kernel/bpf/stackmap.c`): a described stack is kept under its hash. */

import type { MapSpec } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import { mapErrors } from "./map.ts";
import { type MapParts, noProgramSide } from "./users.ts";

/** Frames to leave out (`BPF_F_SKIP_FIELD_MASK`), and what to do when two stacks have one id. */
const stackFlags = { skip: 0xff, compareFully: 1 << 9, reuse: 1 << 10 } as const;

export function stackTraces(machine: Machine, spec: MapSpec): MapParts {
  const frames = Math.floor(spec.valueSizeBytes / 8);
  const bucketCount = 2 ** Math.ceil(Math.log2(spec.maxEntries));
  const stacks = new Map<number, readonly bigint[]>();
  const idAt = (key: number) => machine.view.getUint32(key, true);
  const read = (key: number, into: Uint8Array): number => {
    const stack = stacks.get(idAt(key));
    if (stack === undefined) return mapErrors.noEntry;
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    into.fill(0);
    for (const [index, address] of stack.entries()) view.setBigUint64(index * 8, address, true);
    return mapErrors.ok;
  };
  const remove = (key: number): number => {
    if (idAt(key) >= bucketCount) return mapErrors.full;
    return stacks.delete(idAt(key)) ? mapErrors.ok : mapErrors.noEntry;
  };
  return {
    program: { ...noProgramSide(), remove },
    read,
    write: () => mapErrors.invalid,
    remove,
    take(key, into) {
      const result = read(key, into);
      if (result === mapErrors.ok) remove(key);
      return result;
    },
    keys: () => new Uint8Array(Uint32Array.from(stacks.keys()).buffer),
    stackId(addresses, flags) {
      const stack = addresses.slice(flags & stackFlags.skip, (flags & stackFlags.skip) + frames);
      if (stack.length === 0) return -14;
      const id = (hashOfStack(stack) & (bucketCount - 1)) >>> 0;
      const there = stacks.get(id);
      const isSame = there !== undefined && isSameStack(there, stack);
      if (there !== undefined && !isSame && (flags & stackFlags.reuse) === 0) return mapErrors.exists;
      if (!isSame) stacks.set(id, stack);
      return id;
    },
  };
}

function hashOfStack(stack: readonly bigint[]): number {
  let hash = stack.length;
  for (const address of stack) {
    for (const half of [address, address >> 32n]) {
      hash = Math.imul(hash ^ Number(BigInt.asIntN(32, half)), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
  }
  return hash;
}

const isSameStack = (one: readonly bigint[], other: readonly bigint[]): boolean =>
  one.length === other.length && one.every((address, index) => address === other[index]);
