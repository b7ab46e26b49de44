/** Helpers on socket buffers: reading, writing, checksums, room, VLAN tags (`net/core/filter.c`). */

import { type PacketContext, packetContexts, socketBufferContext } from "../contexts.ts";
import { contextAt } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { errors, flagsOf, memoryArgument, sizeArgument, word } from "./arguments.ts";
import { checksumFolded, checksumOf, checksumReplaced, checksumReplacedBy, checksumSubtract } from "./checksums.ts";
import type { HelperGroup } from "./helper.ts";
import { inPacket, movePacket, packetArea, packetOf } from "./packet.ts";

const ethernetHeaderBytes = 14;
const storeFlags = 3;
/** `BPF_F_HDR_FIELD_MASK`, `BPF_F_PSEUDO_HDR`, `BPF_F_MARK_MANGLED_0`, `BPF_F_MARK_ENFORCE`, `BPF_F_IPV6`. */
const checksumFlags = { size: 0xf, pseudo: 0x10, mangledZero: 0x20, enforce: 0x40, ip6: 0x80 } as const;
/** Members of `__sk_buff`. */
const member = { packetType: 4, vlanPresent: 20, vlanTag: 24, vlanProtocol: 28, hash: 68, protocol: 16 } as const;
const vlanBytes = 4;
/** What the kernel lets a packet grow to (`BPF_SKB_MAX_LEN`) when it has no device. */
const mostBytes = 65535;

const contextOf = ({ running }: Machine): PacketContext =>
  (running?.hook !== undefined ? packetContexts[running.hook] : undefined) ?? socketBufferContext;

export const packetHelpers: HelperGroup = {
  bpf_skb_load_bytes: (machine) => load(machine, "bpf_skb_load_bytes", 0),
  bpf_skb_load_bytes_relative(machine) {
    const from = word(machine, 5);
    const linkBytes = contextOf(machine).begins === "link" ? ethernetHeaderBytes : 0;
    // From the link header on, or from the network header on; anything else is nowhere.
    const base = from === 0 ? linkBytes - ethernetHeaderBytes : from === 1 ? linkBytes : Number.NEGATIVE_INFINITY;
    load(machine, "bpf_skb_load_bytes_relative", base);
  },
  bpf_skb_store_bytes(machine) {
    const helper = "bpf_skb_store_bytes";
    const size = sizeArgument(machine, helper, 4);
    if (size < 0) return;
    const from = memoryArgument(machine, helper, 3, size);
    if (from < 0) return;
    if (flagsOf(machine, 5) > storeFlags) return machine.result(errors.invalid);
    const at = inPacket(packetOf(machine, contextOf(machine)), word(machine, 2), size);
    if (at < 0) return machine.result(errors.fault);
    machine.u8.copyWithin(at, from, from + size);
    machine.result(0);
  },
  bpf_csum_diff(machine) {
    const helper = "bpf_csum_diff";
    const [fromBytes, toBytes] = [sizeArgument(machine, helper, 2), sizeArgument(machine, helper, 4)];
    if (fromBytes < 0 || toBytes < 0) return;
    const from = memoryArgument(machine, helper, 1, fromBytes);
    const to = memoryArgument(machine, helper, 3, toBytes);
    if (from < 0 || to < 0) return;
    const { view } = machine;
    const seed = word(machine, 5);
    let sum = seed;
    if (toBytes > 0) sum = checksumOf(view, to, toBytes, seed);
    if (fromBytes > 0) {
      sum =
        toBytes > 0
          ? checksumSubtract(sum, checksumOf(view, from, fromBytes, 0))
          : ~checksumOf(view, from, fromBytes, ~seed) >>> 0;
    }
    machine.result(checksumFolded(sum));
  },
  bpf_l3_csum_replace(machine) {
    const flags = flagsOf(machine, 5);
    if ((flags & ~checksumFlags.size) !== 0) return machine.result(errors.invalid);
    replaceChecksum(machine, flags, false);
  },
  bpf_l4_csum_replace(machine) {
    const flags = flagsOf(machine, 5);
    const { size, pseudo, mangledZero, enforce, ip6 } = checksumFlags;
    if ((flags & ~(size | pseudo | mangledZero | enforce | ip6)) !== 0) return machine.result(errors.invalid);
    replaceChecksum(machine, flags, (flags & mangledZero) !== 0);
  },
  bpf_skb_change_tail(machine) {
    const context = contextOf(machine);
    const place = packetOf(machine, context);
    const length = word(machine, 2);
    const least = context.begins === "link" ? ethernetHeaderBytes : 0;
    if (flagsOf(machine, 3) !== 0 || length < least || length > mostBytes) return machine.result(errors.invalid);
    const end = place.start + length;
    if (end > packetArea.end) return machine.result(errors.noMemory);
    if (end > place.end) machine.u8.fill(0, place.end, end);
    movePacket(machine, context, { ...place, end });
    machine.result(0);
  },
  bpf_skb_change_head(machine) {
    const context = contextOf(machine);
    const place = packetOf(machine, context);
    const room = word(machine, 2);
    const length = place.end - place.start + room;
    if (flagsOf(machine, 3) !== 0 || length > mostBytes) return machine.result(errors.invalid);
    grow(machine, context, 0, room);
    machine.result(0);
  },
  bpf_skb_pull_data(machine) {
    const { start, end } = packetOf(machine, contextOf(machine));
    machine.result(word(machine, 2) <= end - start ? 0 : errors.noMemory);
  },
  bpf_skb_vlan_push(machine) {
    const context = contextOf(machine);
    const protocol = machine.registers[4]! & 0xffff;
    const tag = machine.registers[6]! & 0xffff;
    const at = (offset: number) => contextAt + offset;
    const { view } = machine;
    if (view.getUint32(at(member.vlanPresent), true) !== 0) {
      // One tag stands beside the packet; the one before it goes into it.
      grow(machine, context, 12, vlanBytes);
      const { start } = packetOf(machine, context);
      view.setUint16(start + 12, view.getUint32(at(member.vlanProtocol), true), true);
      view.setUint16(start + 14, view.getUint32(at(member.vlanTag), true));
    }
    view.setUint32(at(member.vlanPresent), 1, true);
    view.setUint32(at(member.vlanTag), tag, true);
    view.setUint32(at(member.vlanProtocol), isVlan(protocol) ? protocol : 0x0081, true);
    machine.result(0);
  },
  bpf_skb_vlan_pop(machine) {
    const context = contextOf(machine);
    const { view } = machine;
    const at = (offset: number) => contextAt + offset;
    /** The tag that the packet itself has. */
    const tagInside = () => {
      const { start, end } = packetOf(machine, context);
      if (end - start < 16 || !isVlan(view.getUint16(start + 12, true))) return undefined;
      return { protocol: view.getUint16(start + 12, true), tag: view.getUint16(start + 14) };
    };
    if (view.getUint32(at(member.vlanPresent), true) === 0) {
      if (tagInside() === undefined) return machine.result(0);
      shrink(machine, context, 12, vlanBytes);
    }
    // The next tag comes out of the packet, to stand beside it.
    const next = tagInside();
    if (next !== undefined) shrink(machine, context, 12, vlanBytes);
    view.setUint32(at(member.vlanPresent), next === undefined ? 0 : 1, true);
    view.setUint32(at(member.vlanTag), next?.tag ?? 0, true);
    view.setUint32(at(member.vlanProtocol), next?.protocol ?? 0, true);
    machine.result(0);
  },
  bpf_skb_change_type(machine) {
    const [was, wanted] = [machine.view.getUint32(contextAt + member.packetType, true), word(machine, 2)];
    // Only among host, broadcast, multicast and other host.
    if (was > 3 || wanted > 3) return machine.result(errors.invalid);
    machine.view.setUint32(contextAt + member.packetType, wanted, true);
    machine.result(0);
  },
  bpf_get_hash_recalc: (machine) => machine.result64(machine.view.getInt32(contextAt + member.hash, true), 0),
  bpf_set_hash(machine) {
    machine.view.setUint32(contextAt + member.hash, word(machine, 2), true);
    machine.result(0);
  },
  bpf_set_hash_invalid(machine) {
    machine.view.setUint32(contextAt + member.hash, 0, true);
    machine.result(0);
  },
  // No packet of a sandbox comes with a sum over all of it (`CHECKSUM_COMPLETE`).
  bpf_csum_update: (machine) => machine.result(errors.noSuchOperation),
};

/** `protocol` as it lies in a packet. */
const isVlan = (protocol: number): boolean => protocol === 0x0081 || protocol === 0xa888;

function load(machine: Machine, helper: string, base: number): void {
  const size = sizeArgument(machine, helper, 4);
  if (size < 0) return;
  const into = memoryArgument(machine, helper, 3, size, true);
  if (into < 0) return;
  const offset = word(machine, 2);
  const at = offset > 0x7fff_ffff ? -1 : inPacket(packetOf(machine, contextOf(machine)), offset + base, size);
  if (at < 0) {
    machine.u8.fill(0, into, into + size);
    return machine.result(errors.fault);
  }
  machine.u8.copyWithin(into, at, at + size);
  machine.result(0);
}

function replaceChecksum(machine: Machine, flags: number, mangledZero: boolean): void {
  const offset = word(machine, 2);
  const [from, to] = [word(machine, 3), word(machine, 4)];
  if (offset > 0xffff || (offset & 1) !== 0) return machine.result(errors.fault);
  const at = inPacket(packetOf(machine, contextOf(machine)), offset, 2);
  if (at < 0) return machine.result(errors.fault);
  const checksum = machine.view.getUint16(at, true);
  if (mangledZero && (flags & checksumFlags.enforce) === 0 && checksum === 0) return machine.result(0);
  const size = flags & checksumFlags.size;
  if (size === 0 && from !== 0) return machine.result(errors.invalid);
  if (size !== 0 && size !== 2 && size !== 4) return machine.result(errors.invalid);
  const mask = size === 2 ? 0xffff : 0xffff_ffff;
  const replaced =
    size === 0 ? checksumReplacedBy(checksum, to) : checksumReplaced(checksum, (from & mask) >>> 0, (to & mask) >>> 0);
  machine.view.setUint16(at, mangledZero && replaced === 0 ? 0xffff : replaced, true);
  machine.result(0);
}

/** Makes room for `bytes` zeros at `offset`: what is before them moves to the front, while there is room, or else the rest back. */
function grow(machine: Machine, context: PacketContext, offset: number, bytes: number): void {
  const place = packetOf(machine, context);
  const start = place.start - bytes;
  if (start >= packetArea.first) {
    machine.u8.copyWithin(start, place.start, place.start + offset);
    machine.u8.fill(0, start + offset, start + offset + bytes);
    movePacket(machine, context, { ...place, first: start, start });
    return;
  }
  machine.u8.copyWithin(place.start + offset + bytes, place.start + offset, place.end);
  machine.u8.fill(0, place.start + offset, place.start + offset + bytes);
  movePacket(machine, context, { ...place, end: place.end + bytes });
}

/** Takes `bytes` at `offset` out: what is before them moves back. */
function shrink(machine: Machine, context: PacketContext, offset: number, bytes: number): void {
  const place = packetOf(machine, context);
  machine.u8.copyWithin(place.start + bytes, place.start, place.start + offset);
  movePacket(machine, context, { ...place, first: place.start + bytes, start: place.start + bytes });
}
