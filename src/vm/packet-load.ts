/** Packet access of classic BPF, which eBPF has kept (RFC 9669, section 5.5): from anywhere in the packet, in network order. */

import { objectTableAt, row } from "./layout.ts";
import type { Machine } from "./machine.ts";

/** Offsets from here down are from the network header, from there down from the link layer's (`SKF_NET_OFF`, `SKF_LL_OFF`). */
const networkOffset = -0x100000;
const linkOffset = -0x200000;
const ethernetHeaderBytes = 14;

/** Puts so many bytes of the packet into r0; false when it does not have them. */
export function loadPacket(machine: Machine, offset: number, sizeBytes: number): boolean {
  const { i32, view } = machine;
  const start = i32[(objectTableAt + row.first) >> 2]!;
  const lengthBytes = i32[(objectTableAt + row.length) >> 2]!;
  let from = offset;
  if (offset < 0) {
    if (offset < linkOffset) return false;
    from = offset >= networkOffset ? offset - networkOffset + ethernetHeaderBytes : offset - linkOffset;
  }
  if (from + sizeBytes > lengthBytes) return false;
  const at = start + from;
  machine.result64(sizeBytes === 1 ? view.getUint8(at) : sizeBytes === 2 ? view.getUint16(at) : view.getInt32(at), 0);
  return true;
}
