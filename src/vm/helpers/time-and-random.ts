/** Clocks, of which a sandbox has one, and random numbers. */

import type { Helper, HelperGroup } from "./helper.ts";

const now: Helper = (machine) => machine.resultBig(machine.surroundings.now());

export const timeAndRandomHelpers: HelperGroup = {
  bpf_ktime_get_ns: now,
  bpf_ktime_get_boot_ns: now,
  bpf_ktime_get_coarse_ns: now,
  bpf_ktime_get_tai_ns: now,
  bpf_get_prandom_u32: (machine) => machine.result64(machine.surroundings.random(), 0),
  bpf_get_smp_processor_id: (machine) => machine.result(machine.surroundings.processor),
  bpf_get_numa_node_id: (machine) => machine.result(0),
};
