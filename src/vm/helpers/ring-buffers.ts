/** Helpers on ring buffers. Nobody sleeps at a sandbox's ring, so that `BPF_RB_NO_WAKEUP` and `BPF_RB_FORCE_WAKEUP` change nothing. */

import type { Machine } from "../machine.ts";
import type { MapRing } from "../maps/map.ts";
import { errors, flagsOf, mapArgument, memoryArgument, nullPointer, sizeArgument } from "./arguments.ts";
import type { HelperGroup } from "./helper.ts";

const wakeupFlags = 3;

export const ringBufferHelpers: HelperGroup = {
  bpf_ringbuf_output(machine) {
    const ring = ringArgument(machine, "bpf_ringbuf_output");
    const size = sizeArgument(machine, "bpf_ringbuf_output", 3);
    if (ring === undefined || size < 0) return;
    const data = memoryArgument(machine, "bpf_ringbuf_output", 2, size);
    if (data < 0) return;
    const isKnown = flagsOf(machine, 4) <= wakeupFlags;
    machine.result(isKnown ? ring.output(data, size) : errors.invalid);
  },
  bpf_ringbuf_reserve(machine) {
    const ring = ringArgument(machine, "bpf_ringbuf_reserve");
    if (ring === undefined) return;
    const size = sizeArgument(machine, "bpf_ringbuf_reserve", 2);
    if (size < 0) return;
    if (flagsOf(machine, 3) === 0 && ring.reserve(size)) machine.result64(ring.low, ring.high);
    else nullPointer(machine);
  },
  bpf_ringbuf_submit: (machine) => end(machine, "bpf_ringbuf_submit", false),
  bpf_ringbuf_discard: (machine) => end(machine, "bpf_ringbuf_discard", true),
  bpf_ringbuf_query(machine) {
    const ring = ringArgument(machine, "bpf_ringbuf_query");
    if (ring !== undefined) machine.resultBig(BigInt(ring.query(flagsOf(machine, 2))));
  },
};

function ringArgument(machine: Machine, helper: string): MapRing | undefined {
  const map = mapArgument(machine, helper, 1);
  if (map !== undefined && map.ring === undefined)
    machine.complain(`calls ${helper} with the map ${map.spec.name}, which is no ring buffer`);
  return map?.ring;
}

function end(machine: Machine, helper: string, discard: boolean): void {
  const [low, high] = [machine.registers[2]!, machine.registers[3]!];
  for (const { ring } of machine.mapsByIndex.values()) {
    if (ring?.commit(low, high, discard)) return machine.result(0);
  }
  machine.complain(`calls ${helper} with something in r1 that is no open record`);
}
