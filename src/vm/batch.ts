/** Packets laid into a sandbox's memory, many at once, for programs that run on all of them without coming back in between. */

import { InputError } from "../errors/error.ts";
import { packetContexts, writableContextOf } from "./contexts.ts";
import { cells } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { type Executable, placeContext, prepare, throwFault } from "./run.ts";

/** Room for packets. What is in it stays until `clear`. */
export interface PacketBatch {
  /** Packets in it. */
  readonly count: number;
  /** Copies a packet in; false when there is no room left. */
  add(packet: Uint8Array): boolean;
  clear(): void;
  /** Linear addresses of the descriptors and of the results. */
  readonly descriptors: number;
  readonly results: number;
}

/** Takes memory for `packetCount` packets of `capacityBytes` in all. It is never given back. */
export function packetBatch(machine: Machine, packetCount: number, capacityBytes: number): PacketBatch {
  const descriptors = machine.allocate(packetCount * 8);
  const results = machine.allocate(packetCount * 4);
  const bytes = machine.allocate(capacityBytes);
  let count = 0;
  let used = 0;
  return {
    get count() {
      return count;
    },
    add(packet) {
      if (count === packetCount || used + packet.byteLength > capacityBytes) return false;
      machine.u8.set(packet, bytes + used);
      machine.i32[(descriptors >> 2) + 2 * count] = bytes + used;
      machine.i32[(descriptors >> 2) + 2 * count + 1] = packet.byteLength;
      used += packet.byteLength;
      count++;
      return true;
    },
    clear() {
      count = 0;
      used = 0;
    },
    descriptors,
    results,
  };
}

/**
 * Runs a program on every packet of a batch: the low 32 bits of each result, in order, valid until the next batch. Members of the
 * context that do not say where the packet lies are zero before the first, and then as the program left them.
 */
export function runBatch(machine: Machine, program: Executable, limit: number, batch: PacketBatch): Uint32Array {
  const layout = packetContexts[program.linked.spec.hook.kind];
  if (layout === undefined || layout.begins === "other") {
    throw new InputError("SANDBOX_BATCH", `${program.linked.spec.name} takes no packets: its hook is no packet's`);
  }
  if (program.loops === undefined) {
    throw new InputError(
      "SANDBOX_BATCH",
      `${program.linked.spec.name} is interpreted, or makes tail calls: run it packet by packet`,
    );
  }
  placeContext(machine, new Uint8Array(layout.sizeBytes), writableContextOf(program.linked.spec.hook.kind));
  const outer = machine.running;
  prepare(machine, program, limit, layout.sizeBytes);
  try {
    program.loops.batch(batch.descriptors, batch.count, batch.results, limit);
  } finally {
    machine.running = outer;
  }
  if (machine.i32[cells.status >> 2] !== 0) throwFault(machine, program.linked);
  return new Uint32Array(machine.memory.buffer, batch.results, batch.count);
}
