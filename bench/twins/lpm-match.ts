// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** A packet is dropped if its source lies in a blocked network; hits are counted by network. */

import { atomic, lpmTrie, struct, u32, u32be, u64, xdp } from "tarsier/program";
import { Ethernet, Ipv4, typeIpv4 } from "./headers.ts";

const Prefix = struct({ length: u32, address: u32be });
export const blocked = lpmTrie({ key: Prefix, value: u64, maxEntries: 1024 });

export const run = xdp((packet) => {
  const ip = packet.view(Ipv4, 14);
  if (ip === null) return xdp.pass;
  const ethernet = packet.view(Ethernet, 0);
  if (ethernet === null || ethernet.type !== typeIpv4) return xdp.pass;

  const hits = blocked.get({ length: 32, address: ip.source });
  if (hits === null) return xdp.pass;
  atomic.add(hits, "value", 1n);
  return xdp.drop;
});
