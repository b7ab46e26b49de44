/** Helpers on entries of maps. */

import type { Machine } from "../machine.ts";
import type { MapInPrograms, SandboxMap } from "../maps/map.ts";
import { errors, flagsOf, mapArgument, memoryArgument, nullPointer, word } from "./arguments.ts";
import type { HelperGroup } from "./helper.ts";

export const mapHelpers: HelperGroup = {
  bpf_map_lookup_elem(machine) {
    const map = mapArgument(machine, "bpf_map_lookup_elem", 1);
    if (map === undefined) return;
    const key = memoryArgument(machine, "bpf_map_lookup_elem", 2, map.spec.keySizeBytes);
    if (key < 0) return;
    map.program.lookup(key);
    machine.result64(map.program.low, map.program.high);
  },
  bpf_map_lookup_percpu_elem(machine) {
    const map = mapArgument(machine, "bpf_map_lookup_percpu_elem", 1);
    if (map === undefined) return;
    const key = memoryArgument(machine, "bpf_map_lookup_percpu_elem", 2, map.spec.keySizeBytes);
    if (key < 0) return;
    if (map.program.lookupOn?.(key, word(machine, 3))) machine.result64(map.program.low, map.program.high);
    else nullPointer(machine);
  },
  bpf_map_update_elem(machine) {
    const map = mapArgument(machine, "bpf_map_update_elem", 1);
    if (map === undefined) return;
    const key = memoryArgument(machine, "bpf_map_update_elem", 2, map.spec.keySizeBytes);
    const value = memoryArgument(machine, "bpf_map_update_elem", 3, map.spec.valueSizeBytes);
    if (key < 0 || value < 0) return;
    machine.result(map.program.update(key, value, flagsOf(machine, 4)));
  },
  bpf_map_delete_elem(machine) {
    const map = mapArgument(machine, "bpf_map_delete_elem", 1);
    if (map === undefined) return;
    const key = memoryArgument(machine, "bpf_map_delete_elem", 2, map.spec.keySizeBytes);
    if (key >= 0) machine.result(map.program.remove(key));
  },
  bpf_map_push_elem(machine) {
    onValue(machine, "bpf_map_push_elem", false, ({ push }, value) => push?.(value, flagsOf(machine, 3)));
  },
  bpf_map_pop_elem(machine) {
    onValue(machine, "bpf_map_pop_elem", true, ({ pop }, value) => pop?.(value));
  },
  bpf_map_peek_elem(machine) {
    onValue(machine, "bpf_map_peek_elem", isQueue, ({ peek }, value) => peek?.(value));
  },
};

/** A Bloom filter reads the value that it is asked for. */
const isQueue = ({ spec }: SandboxMap): boolean => spec.type !== "bloomFilter";

function onValue(
  machine: Machine,
  helper: string,
  writes: boolean | ((map: SandboxMap) => boolean),
  use: (map: MapInPrograms, value: number) => number | undefined,
): void {
  const map = mapArgument(machine, helper, 1);
  if (map === undefined) return;
  const write = typeof writes === "boolean" ? writes : writes(map);
  const value = memoryArgument(machine, helper, 2, map.spec.valueSizeBytes, write);
  if (value >= 0) machine.result(use(map.program, value) ?? errors.notSupported);
}
