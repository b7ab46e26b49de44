/**
 * What stands in a register or on the stack: a number with its range, or a pointer into an object. Values never change;
 * the same object in two places is the same number, so that what a comparison says of one holds for the other.
 */

import type { MapSpec } from "../../spec/index.ts";
import { constantOf, constantRange, loadedRange, type Range } from "./range.ts";

/** A number. */
export interface Scalar {
  readonly kind: "scalar";
  readonly range: Range;
  /** The slot of the instruction that made it; -1 for what was there from the start. */
  readonly madeAt: number;
  /** The numbers that it was worked out from, which must be known as well as it must. */
  readonly sources: readonly Scalar[];
  /** A refusal was averted, or a branch decided, because of its range. Set while the program is walked (`markPrecise`). */
  precise: boolean;
}

/** What a pointer points into. */
export type Target =
  /** The stack of a frame; 0 is the program's own. */
  | { readonly kind: "stack"; readonly frame: number }
  | { readonly kind: "context" }
  /** A region of bytes between two pointers that the context has: `packet`, and others that a hook names. */
  | { readonly kind: "packet"; readonly region: string }
  /** The byte behind the last of a region. */
  | { readonly kind: "packetEnd"; readonly region: string }
  | { readonly kind: "map"; readonly map: MapSpec }
  /** A value of a map; `id` tells one look-up from another. */
  | { readonly kind: "mapValue"; readonly map: MapSpec; readonly id: number }
  | { readonly kind: "mapKey"; readonly map: MapSpec }
  /** Memory of a known size: a ring record, an iterator's number, what a user-defined hook hands over. */
  | {
      readonly kind: "memory";
      readonly name: string;
      readonly sizeBytes: number;
      readonly writable: boolean;
      /** Only so many bytes from the beginning may be written; all of them when absent. */
      readonly writableBytes?: number;
    }
  /** A structure of the kernel, of a type of the collection's BTF where it is known. Reads of it never fault. */
  | { readonly kind: "kernel"; readonly typeId: number | undefined; readonly isWord: boolean }
  | { readonly kind: "socket"; readonly of: SocketKind }
  /** A function of the program, by the slot where it begins. */
  | { readonly kind: "function"; readonly slot: number };

/** Which of the three views of a socket. */
export type SocketKind = "common" | "full" | "tcp";

export interface Pointer {
  readonly kind: "pointer";
  readonly to: Target;
  readonly madeAt: number;
  /** Bytes from the start of the object; `variable` comes on top. */
  readonly offset: number;
  readonly variable: Scalar | undefined;
  /** Not zero: it may be null, as all pointers of that id. */
  readonly nullId: number;
  /** Of a packet: how many bytes from where `variable` leads are known to be there. */
  readonly knownBytes: number;
  /** Not zero: it must be given back, under that id. */
  readonly reference: number;
}

/** State that a kernel function keeps in a place of the stack: of `bpf_iter_num`. */
export interface Iterator {
  readonly kind: "iterator";
  readonly madeAt: number;
  readonly reference: number;
  /** How often `next` was called on this way. */
  readonly turns: number;
  readonly ended: boolean;
}

export type Value = Scalar | Pointer | Iterator;

const noSources: readonly Scalar[] = [];

export function scalar(range: Range, madeAt: number, sources: readonly Scalar[] = noSources): Scalar {
  return { kind: "scalar", range, madeAt, sources, precise: false };
}

export const constantScalar = (number: bigint, madeAt: number): Scalar => scalar(constantRange(number), madeAt);

/** A number of so many bytes of which nothing is known. */
export const unknownScalar = (madeAt: number, sizeBytes = 8): Scalar => scalar(loadedRange(sizeBytes), madeAt);

export function pointer(to: Target, madeAt: number, more: Partial<Pointer> = {}): Pointer {
  return {
    kind: "pointer",
    to,
    madeAt,
    offset: 0,
    variable: undefined,
    nullId: 0,
    knownBytes: 0,
    reference: 0,
    ...more,
  };
}

/** The number of a scalar that can be only one. */
export const numberOf = (value: Value | undefined): bigint | undefined =>
  value?.kind === "scalar" ? constantOf(value.range) : undefined;

/**
 * From here on the number counts: states in which it is another one are not alike. So do the numbers that it was
 * made of. States that were put by hold the same objects, and so learn of it too.
 */
export function markPrecise(value: Scalar): void {
  if (value.precise) return;
  value.precise = true;
  const waiting: Scalar[] = [...value.sources];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.precise) continue;
    next.precise = true;
    waiting.push(...next.sources);
  }
}
