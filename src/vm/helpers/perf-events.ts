/** Records for arrays of perf events, and stacks. */

import { packetContexts } from "../contexts.ts";
import type { Machine } from "../machine.ts";
import { errors, flagsOf, long, mapArgument, memoryArgument, sizeArgument } from "./arguments.ts";
import type { Helper, HelperGroup } from "./helper.ts";
import { packetOf } from "./packet.ts";

/** `BPF_F_INDEX_MASK`, `BPF_F_CURRENT_CPU`, `BPF_F_CTXLEN_MASK`. */
const currentProcessor = 0xffff_ffff;
const packetBytesMask = 0xf_ffffn << 32n;
/** `BPF_F_SKIP_FIELD_MASK`, `BPF_F_USER_STACK`, `BPF_F_FAST_STACK_CMP`, `BPF_F_REUSE_STACKID`, `BPF_F_USER_BUILD_ID`. */
const stackFlags = { skip: 0xff, user: 1 << 8, fastCompare: 1 << 9, reuse: 1 << 10, buildId: 1 << 11 } as const;

export const perfEventHelpers: HelperGroup = {
  bpf_perf_event_output: output("bpf_perf_event_output"),
  bpf_skb_output: output("bpf_skb_output"),
  bpf_xdp_output: output("bpf_xdp_output"),
  bpf_get_stackid(machine) {
    const map = mapArgument(machine, "bpf_get_stackid", 2);
    if (map === undefined) return;
    if (map.stackId === undefined) {
      machine.complain(`calls bpf_get_stackid with the map ${map.spec.name}, which holds no stacks`);
      return;
    }
    const flags = flagsOf(machine, 3);
    const { skip, user, fastCompare, reuse } = stackFlags;
    if ((flags & ~(skip | user | fastCompare | reuse)) !== 0) return machine.result(errors.invalid);
    machine.result(map.stackId(stackOf(machine, flags), flags));
  },
  bpf_get_stack(machine) {
    const size = sizeArgument(machine, "bpf_get_stack", 3);
    if (size < 0) return;
    const into = memoryArgument(machine, "bpf_get_stack", 2, size, true);
    if (into < 0) return;
    const flags = flagsOf(machine, 4);
    const { skip, user } = stackFlags;
    // Build ids need files, which a sandbox has not.
    if ((flags & ~(skip | user)) !== 0 || size % 8 !== 0) return machine.result(errors.invalid);
    const frames = stackOf(machine, flags).slice(flags & skip, (flags & skip) + size / 8);
    machine.u8.fill(0, into, into + size);
    for (const [index, address] of frames.entries()) machine.view.setBigUint64(into + index * 8, address, true);
    machine.result(frames.length === 0 ? errors.fault : frames.length * 8);
  },
};

const stackOf = ({ surroundings }: Machine, flags: number): readonly bigint[] =>
  surroundings.stack?.((flags & stackFlags.user) === 0 ? "kernel" : "user") ?? [];

function output(helper: string): Helper {
  return (machine) => {
    const map = mapArgument(machine, helper, 2);
    const size = sizeArgument(machine, helper, 5);
    if (map === undefined || size < 0) return;
    const data = memoryArgument(machine, helper, 4, size);
    if (data < 0) return;
    if (map.records === undefined) {
      machine.complain(`calls ${helper} with the map ${map.spec.name}, which is no array of perf events`);
      return;
    }
    const flags = long(machine, 3);
    if ((flags & ~(packetBytesMask | 0xffff_ffffn)) !== 0n) return machine.result(errors.invalid);
    const index = Number(flags & 0xffff_ffffn);
    const { processor } = machine.surroundings;
    const count = map.spec.maxEntries || machine.processors;
    const event = index === currentProcessor ? processor : index;
    if (event >= count) return machine.result(errors.tooBig);
    // The kernel writes to an event of the processor it runs on only.
    if (event !== processor) return machine.result(errors.notSupported);
    const packetBytes = Number((flags & packetBytesMask) >> 32n);
    const context = machine.running?.hook === undefined ? undefined : packetContexts[machine.running.hook];
    const { start, end } = context === undefined ? { start: 0, end: 0 } : packetOf(machine, context);
    if (packetBytes > end - start) return machine.result(errors.fault);
    const bytes = new Uint8Array(size + packetBytes);
    bytes.set(machine.u8.subarray(data, data + size));
    bytes.set(machine.u8.subarray(start, start + packetBytes), size);
    map.records.push({ processor, bytes });
    machine.result(0);
  };
}
