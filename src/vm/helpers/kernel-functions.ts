/** Kernel functions (kfuncs) that the sandbox has, by name. */

import { errors, int, memoryArgument, nullPointer } from "./arguments.ts";
import { mostLoops } from "./callbacks.ts";
import type { Helper } from "./helper.ts";

export interface KernelFunction {
  readonly name: string;
  readonly run: Helper;
}

/** `struct bpf_iter_num`: the number that is current, and the one that is the end. */
const numberIteratorBytes = 8;

const functions: Readonly<Record<string, Helper>> = {
  bpf_iter_num_new(machine) {
    const at = memoryArgument(machine, "bpf_iter_num_new", 1, numberIteratorBytes, true);
    if (at < 0) return;
    const [start, end] = [int(machine, 2), int(machine, 3)];
    const error = start > end ? errors.invalid : end - start > mostLoops ? errors.tooBig : 0;
    machine.view.setInt32(at, error === 0 ? start - 1 : 0, true);
    machine.view.setInt32(at + 4, error === 0 ? end : 0, true);
    machine.result(error);
  },
  bpf_iter_num_next(machine) {
    const at = memoryArgument(machine, "bpf_iter_num_next", 1, numberIteratorBytes, true);
    if (at < 0) return;
    const next = machine.view.getInt32(at, true) + 1;
    if (next >= machine.view.getInt32(at + 4, true)) {
      machine.view.setBigUint64(at, 0n, true);
      return nullPointer(machine);
    }
    machine.view.setInt32(at, next, true);
    // The number lies at the front of the iterator itself.
    machine.result64(machine.registers[2]!, machine.registers[3]!);
  },
  bpf_iter_num_destroy(machine) {
    const at = memoryArgument(machine, "bpf_iter_num_destroy", 1, numberIteratorBytes, true);
    if (at < 0) return;
    machine.view.setBigUint64(at, 0n, true);
    machine.result(0);
  },
  bpf_rdonly_cast: (machine) => machine.result64(machine.registers[2]!, machine.registers[3]!),
  bpf_cast_to_kern_ctx: (machine) => machine.result64(machine.registers[2]!, machine.registers[3]!),
  bpf_rcu_read_lock: (machine) => machine.result(0),
  bpf_rcu_read_unlock: (machine) => machine.result(0),
  /** The one task that there is. */
  bpf_task_from_pid(machine) {
    const { task } = machine.surroundings;
    if (task.address !== undefined && int(machine, 1) === task.tid) machine.resultBig(task.address);
    else nullPointer(machine);
  },
  bpf_task_acquire: (machine) => machine.result64(machine.registers[2]!, machine.registers[3]!),
  bpf_task_release: (machine) => machine.result(0),
};

export const kernelFunctions: ReadonlyMap<string, KernelFunction> = new Map(
  Object.entries(functions).map(([name, run]) => [name, { name, run }]),
);
