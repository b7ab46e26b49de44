// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Packets and bytes by source address. */

import { atomic, hash, struct, u32, u64, xdp } from "tarsier/program";
import { Ethernet, Ipv4, typeIpv4 } from "./headers.ts";

const Totals = struct({ packets: u64, bytes: u64 });
export const sources = hash({ key: u32, value: Totals, maxEntries: 16384 });

export const run = xdp((packet) => {
  const ip = packet.view(Ipv4, 14);
  if (ip === null) return xdp.pass;
  const ethernet = packet.view(Ethernet, 0);
  if (ethernet === null || ethernet.type !== typeIpv4) return xdp.pass;

  const totals = sources.getOrInsert(ip.source, Totals.zero());
  if (totals === null) return xdp.aborted;
  atomic.add(totals, "packets", 1n);
  atomic.add(totals, "bytes", u64(packet.length));
  return xdp.pass;
});
