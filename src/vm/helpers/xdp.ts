/** Helpers on the frames of an interface (`net/core/filter.c`). */

import { type PacketContext, xdpContext } from "../contexts.ts";
import type { Machine } from "../machine.ts";
import { errors, int, memoryArgument, sizeArgument, word } from "./arguments.ts";
import type { HelperGroup } from "./helper.ts";
import { inPacket, movePacket, packetArea, packetOf } from "./packet.ts";

const context: PacketContext = xdpContext;
const ethernetHeaderBytes = 14;
/** `sizeof(struct xdp_frame)`, which the kernel keeps at the head of the buffer. */
const frameHeadBytes = 40;
/** A buffer is a page, with `struct skb_shared_info` at its end. */
const bufferBytes = 4096 - 320;
const mostMetadataBytes = 252;
const mostPacketBytes = 0xffff;

export const xdpHelpers: HelperGroup = {
  bpf_xdp_adjust_head(machine) {
    const place = packetOf(machine, context);
    const offset = int(machine, 2);
    const metadataBytes = place.start - place.first;
    const start = place.start + offset;
    if (start < packetArea.first + frameHeadBytes + metadataBytes || start > place.end - ethernetHeaderBytes) {
      return machine.result(errors.invalid);
    }
    machine.u8.copyWithin(place.first + offset, place.first, place.start);
    movePacket(machine, context, { ...place, first: place.first + offset, start });
    machine.result(0);
  },
  bpf_xdp_adjust_meta(machine) {
    const place = packetOf(machine, context);
    const first = place.first + int(machine, 2);
    if (first < packetArea.first + frameHeadBytes || first > place.start) return machine.result(errors.invalid);
    const metadataBytes = place.start - first;
    if (metadataBytes % 4 !== 0 || metadataBytes > mostMetadataBytes) return machine.result(errors.access);
    movePacket(machine, context, { ...place, first });
    machine.result(0);
  },
  bpf_xdp_adjust_tail(machine) {
    const place = packetOf(machine, context);
    const offset = int(machine, 2);
    const end = place.end + offset;
    if (offset > 0 && end > packetArea.first + bufferBytes) return machine.result(errors.invalid);
    if (end < place.start + ethernetHeaderBytes) return machine.result(errors.invalid);
    if (offset > 0) machine.u8.fill(0, place.end, end);
    movePacket(machine, context, { ...place, end });
    machine.result(0);
  },
  bpf_xdp_get_buff_len(machine) {
    const { start, end } = packetOf(machine, context);
    machine.result(end - start);
  },
  bpf_xdp_load_bytes: (machine) => transfer(machine, "bpf_xdp_load_bytes", true),
  bpf_xdp_store_bytes: (machine) => transfer(machine, "bpf_xdp_store_bytes", false),
};

function transfer(machine: Machine, helper: string, loads: boolean): void {
  const size = sizeArgument(machine, helper, 4);
  if (size < 0) return;
  const memory = memoryArgument(machine, helper, 3, size, loads);
  if (memory < 0) return;
  const offset = word(machine, 2);
  if (offset > mostPacketBytes || size > mostPacketBytes) return machine.result(errors.fault);
  const at = inPacket(packetOf(machine, context), offset, size);
  if (at < 0) return machine.result(errors.invalid);
  if (loads) machine.u8.copyWithin(memory, at, at + size);
  else machine.u8.copyWithin(at, memory, memory + size);
  machine.result(0);
}
