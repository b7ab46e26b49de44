/** Bloom filters (`kernel/bpf/bloom_filter.c`): as many bits, and as many hash functions, as the kernel has. */

import type { MapSpec } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import { hashOf } from "./hash-layout.ts";
import { mapErrors } from "./map.ts";
import { type MapParts, noProgramSide } from "./users.ts";

const defaultHashes = 5;
const mostBits = 2 ** 31;

export function bloomFilter(machine: Machine, spec: MapSpec): MapParts {
  const hashes = spec.extra || defaultHashes;
  // The kernel takes 7/5 for 1 / ln 2, and the next power of two.
  const wanted = (spec.maxEntries * hashes * 7) / 5;
  const bitCount = Math.min(mostBits, Math.max(64, 2 ** Math.ceil(Math.log2(wanted))));
  const bits = new Uint8Array(bitCount / 8);
  const bit = (value: number, number: number) =>
    (hashOf(machine.view, value, spec.valueSizeBytes, number + 1) & (bitCount - 1)) >>> 0;
  const push = (value: number, flags: number) => {
    if (flags !== 0) return mapErrors.invalid;
    for (let number = 0; number < hashes; number++) {
      const at = bit(value, number);
      bits[at >>> 3]! |= 1 << (at & 7);
    }
    return mapErrors.ok;
  };
  const peek = (value: number) => {
    for (let number = 0; number < hashes; number++) {
      const at = bit(value, number);
      if (((bits[at >>> 3]! >> (at & 7)) & 1) === 0) return mapErrors.noEntry;
    }
    return mapErrors.ok;
  };
  return {
    program: { ...noProgramSide(), push, peek, pop: () => mapErrors.notSupported },
    read: (value) => peek(value),
    write: (_key, value, flags) => push(value, flags),
    remove: () => mapErrors.notSupported,
    keys: () => new Uint8Array(),
  };
}
