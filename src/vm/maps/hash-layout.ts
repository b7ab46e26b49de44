/**
 * How a hash lies in linear memory: a header, a table of buckets, elements. TypeScript and compiled programs both read it, so it is
 * written down here once. All members are 32 bits; links are addresses of elements, 0 for none.
 */

import { alignUp } from "../layout.ts";

/** Members of the header, by offset. */
export const header = {
  /** Buckets minus one: a power of two minus one. */
  bucketMask: 0,
  /** Address of the bucket table: each bucket is the address of its first element. */
  buckets: 4,
  seed: 8,
  count: 12,
  /** First of the free elements, linked by `next`. */
  free: 16,
  /** Least recently used: see `hash.ts`. */
  oldest: 20,
  newest: 24,
  sizeBytes: 64,
} as const;

/** Members of an element, by offset; the key follows, then the value at a multiple of 8. */
export const element = {
  next: 0,
  hash: 4,
  /** The upper half of pointers to its value. */
  handle: 8,
  /** 1 after a look-up by a program: it is not the next to go. */
  referenced: 12,
  older: 16,
  newer: 20,
  key: 24,
} as const;

/** Offset of the value in an element. */
export const valueOffset = (keySizeBytes: number): number => alignUp(element.key + keySizeBytes, 8);

/** Distance between elements. */
export const elementBytes = (keySizeBytes: number, valueSizeBytes: number): number =>
  valueOffset(keySizeBytes) + alignUp(valueSizeBytes, 8);

const multiplier = 0x9e3779b1 | 0;
const finalMultiplier = 0x85ebca6b | 0;

/**
 * The hash of the key at `key`: its 32-bit words, then what is left byte by byte, each mixed in by a multiplication and a rotation.
 * `hash & bucketMask` is the bucket. Compiled programs have the same, unrolled for the key's size.
 */
export function hashOf(view: DataView, key: number, keySizeBytes: number, seed: number): number {
  let hash = seed ^ keySizeBytes;
  let offset = 0;
  for (; offset + 4 <= keySizeBytes; offset += 4) hash = mixed(hash, view.getInt32(key + offset, true));
  for (; offset < keySizeBytes; offset++) hash = mixed(hash, view.getUint8(key + offset));
  hash = Math.imul(hash ^ (hash >>> 15), finalMultiplier);
  return hash ^ (hash >>> 13);
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, multiplier);
  return (product << 13) | (product >>> 19);
}
