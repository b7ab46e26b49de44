/** Helpers that read memory the program has no object for. */

import type { Machine } from "../machine.ts";
import { errors, flagsOf, long, memoryArgument, sizeArgument } from "./arguments.ts";
import type { Helper, HelperGroup } from "./helper.ts";
import { type AddressSpace, readOutside, readTextOutside } from "./outside-memory.ts";

export const memoryHelpers: HelperGroup = {
  bpf_probe_read: reading("bpf_probe_read", "any"),
  bpf_probe_read_user: reading("bpf_probe_read_user", "user"),
  bpf_probe_read_kernel: reading("bpf_probe_read_kernel", "kernel"),
  bpf_probe_read_str: readingText("bpf_probe_read_str", "any"),
  bpf_probe_read_user_str: readingText("bpf_probe_read_user_str", "user"),
  bpf_probe_read_kernel_str: readingText("bpf_probe_read_kernel_str", "kernel"),
  bpf_copy_from_user: reading("bpf_copy_from_user", "user"),
  bpf_copy_from_user_task: (machine) => {
    if (flagsOf(machine, 5) !== 0) machine.result(errors.invalid);
    else readInto(machine, "bpf_copy_from_user_task", "user");
  },
};

function reading(helper: string, space: AddressSpace): Helper {
  return (machine) => readInto(machine, helper, space);
}

function readInto(machine: Machine, helper: string, space: AddressSpace): void {
  const into = target(machine, helper);
  if (into === undefined) return;
  const address = long(machine, 3);
  if (readOutside(machine, space, address, into)) return machine.result(0);
  into.fill(0);
  machine.result(refusalOf(space, address));
}

/** What the kernel says of an address that cannot be one of its own is another error (`copy_from_kernel_nofault_allowed`). */
const refusalOf = (space: AddressSpace, address: bigint): number =>
  space === "kernel" && address >> 47n !== 0x1ffffn ? errors.range : errors.fault;

function readingText(helper: string, space: AddressSpace): Helper {
  return (machine) => {
    const into = target(machine, helper);
    if (into === undefined) return;
    if (into.length === 0) return machine.result(0);
    const address = long(machine, 3);
    const length = readTextOutside(machine, space, address, into);
    if (length >= 0) return machine.result(length);
    into.fill(0);
    machine.result(refusalOf(space, address));
  };
}

function target(machine: Machine, helper: string): Uint8Array | undefined {
  const size = sizeArgument(machine, helper, 2);
  if (size < 0) return undefined;
  const at = memoryArgument(machine, helper, 1, size, true);
  return at < 0 ? undefined : machine.u8.subarray(at, at + size);
}
