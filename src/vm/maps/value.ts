/** Values of a map in linear memory: how they are copied, and what programs may do to them. */

import { type MapSpec, mapFlags } from "../../spec/index.ts";
import { alignUp } from "../layout.ts";
import type { Machine } from "../machine.ts";
import type { ObjectRange } from "../objects.ts";
import { specialFieldsOf } from "./special-fields.ts";
import { timersOf } from "./timers.ts";

export interface MapValues {
  readonly sizeBytes: number;
  /** Between values of processors. */
  readonly strideBytes: number;
  /** Whether a value has a lock (`BPF_F_LOCK` is for these only). */
  readonly hasLock: boolean;
  /** Makes `index` the object of the value at `address`. */
  place(index: number, address: number): void;
  /** Copies over a value that is there: locks stay, timers stop. */
  write(to: number, from: number): void;
  /** Copies into a value that is new: locks and timers begin at zero. */
  begin(to: number, from: number): void;
  /** Copies a value for a user, who sees no locks and timers. */
  show(from: number, to: Uint8Array, offset: number): void;
  /** The value at `address` is going. */
  end(address: number): void;
}

export function mapValues(machine: Machine, spec: MapSpec): MapValues {
  const sizeBytes = spec.valueSizeBytes;
  const special = specialFieldsOf(machine.btf, spec.valueTypeId);
  const timers = special.filter(({ kind }) => kind === "timer");
  const lengthBytes = (spec.flags & mapFlags.writeOnlyInProgram) === 0 ? sizeBytes : 0;
  const writableBytes = (spec.flags & mapFlags.readOnlyInProgram) === 0 ? sizeBytes : 0;
  const pieces = ordinaryPieces(sizeBytes, special);
  const end = (address: number) => {
    for (const { offset } of timers) timersOf(machine).delete(address + offset);
  };
  return {
    sizeBytes,
    strideBytes: alignUp(sizeBytes, 8),
    hasLock: special.some(({ kind }) => kind === "spinLock"),
    place: (index, address) => machine.objects.place(index, address, lengthBytes, writableBytes),
    write(to, from) {
      end(to);
      for (const [start, stop] of pieces) machine.u8.copyWithin(to + start, from + start, from + stop);
    },
    begin(to, from) {
      machine.u8.copyWithin(to, from, from + sizeBytes);
      for (const field of special) machine.u8.fill(0, to + field.offset, to + field.offset + field.sizeBytes);
    },
    show(from, to, offset) {
      to.set(machine.u8.subarray(from, from + sizeBytes), offset);
      for (const field of special) to.fill(0, offset + field.offset, offset + field.offset + field.sizeBytes);
    },
    end,
  };
}

function ordinaryPieces(
  sizeBytes: number,
  special: readonly { readonly offset: number; readonly sizeBytes: number }[],
): readonly (readonly [number, number])[] {
  const pieces: [number, number][] = [];
  let start = 0;
  for (const field of special) {
    if (field.offset > start) pieces.push([start, field.offset]);
    start = field.offset + field.sizeBytes;
  }
  if (start < sizeBytes) pieces.push([start, sizeBytes]);
  return pieces;
}

/** Values that all processors have each for itself. */
export const isPerCpu = ({ type }: Pick<MapSpec, "type">): boolean =>
  type === "perCpuHash" || type === "perCpuArray" || type === "lruPerCpuHash";

/** Reserves the objects of `count` values of `processors` each. */
export const reserveValues = (machine: Machine, count: number, processors: number): ObjectRange =>
  machine.objects.reserve(count * processors);
