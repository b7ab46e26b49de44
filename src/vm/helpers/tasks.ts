/** The running task, as the sandbox's surroundings describe it. */

import type { Machine } from "../machine.ts";
import { errors, int, long, mapArgument, memoryArgument, sizeArgument, word } from "./arguments.ts";
import { recordEffect } from "./effects.ts";
import type { HelperGroup } from "./helper.ts";

const encoder = new TextEncoder();

export const taskHelpers: HelperGroup = {
  bpf_get_current_pid_tgid(machine) {
    const { task } = machine.surroundings;
    machine.result64(task.tid, task.pid);
  },
  bpf_get_current_uid_gid(machine) {
    const { task } = machine.surroundings;
    machine.result64(task.uid, task.gid);
  },
  bpf_get_ns_current_pid_tgid(machine) {
    const size = sizeArgument(machine, "bpf_get_ns_current_pid_tgid", 4);
    if (size < 0) return;
    const at = memoryArgument(machine, "bpf_get_ns_current_pid_tgid", 3, size, true);
    if (at < 0) return;
    if (size !== 8) return machine.result(errors.invalid);
    const { tid, pid } = machine.surroundings.task;
    machine.view.setUint32(at, tid, true);
    machine.view.setUint32(at + 4, pid, true);
    machine.result(0);
  },
  bpf_get_current_comm(machine) {
    const size = sizeArgument(machine, "bpf_get_current_comm", 2);
    if (size < 0) return;
    const at = memoryArgument(machine, "bpf_get_current_comm", 1, size, true);
    if (at < 0) return;
    if (size === 0) return machine.result(errors.invalid);
    machine.u8.fill(0, at, at + size);
    machine.u8.set(encoder.encode(machine.surroundings.task.name).subarray(0, Math.min(15, size - 1)), at);
    machine.result(0);
  },
  bpf_get_current_task: (machine) => machine.resultBig(machine.surroundings.task.address ?? 0n),
  bpf_get_current_task_btf: (machine) => machine.resultBig(machine.surroundings.task.address ?? 0n),
  bpf_task_pt_regs: (machine) => machine.resultBig(machine.surroundings.task.registersAddress ?? 0n),
  bpf_get_current_cgroup_id: (machine) => machine.resultBig(machine.surroundings.task.cgroupId),
  bpf_get_current_ancestor_cgroup_id: (machine) => machine.resultBig(atLevel(taskCgroups(machine), int(machine, 1))),
  bpf_current_task_under_cgroup(machine) {
    const map = mapArgument(machine, "bpf_current_task_under_cgroup", 1);
    if (map === undefined) return;
    const index = word(machine, 2);
    if (index >= map.spec.maxEntries) return machine.result(errors.tooBig);
    const entry = map.get(new Uint8Array(Uint32Array.of(index).buffer));
    if (entry === undefined) return machine.result(-11);
    const id = BigInt(new DataView(entry.buffer).getUint32(0, true));
    machine.result(taskCgroups(machine).includes(id) ? 1 : 0);
  },
  bpf_skb_cgroup_id: (machine) => machine.resultBig(packetCgroups(machine).at(-1) ?? 0n),
  bpf_skb_ancestor_cgroup_id: (machine) => machine.resultBig(atLevel(packetCgroups(machine), int(machine, 2))),
  bpf_sk_cgroup_id: (machine) => machine.resultBig(packetCgroups(machine).at(-1) ?? 0n),
  bpf_sk_ancestor_cgroup_id: (machine) => machine.resultBig(atLevel(packetCgroups(machine), int(machine, 2))),
  bpf_send_signal(machine) {
    recordEffect(machine, { helper: "bpf_send_signal", arguments: [long(machine, 1)] });
    machine.result(0);
  },
  bpf_send_signal_thread(machine) {
    recordEffect(machine, { helper: "bpf_send_signal_thread", arguments: [long(machine, 1)] });
    machine.result(0);
  },
};

/** The socket of a test run is the root cgroup's. */
const packetCgroups = ({ surroundings }: Machine): readonly bigint[] => surroundings.packetCgroups ?? [1n];

const taskCgroups = ({ surroundings: { task } }: Machine): readonly bigint[] => task.cgroups ?? [task.cgroupId];

const atLevel = (cgroups: readonly bigint[], level: number): bigint => (level < 0 ? 0n : (cgroups[level] ?? 0n));
