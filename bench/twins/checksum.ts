// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** One hop less in an IPv4 header, and its checksum calculated anew (RFC 1071). */

import { array, struct, u16, u32, type ValueOf, xdp } from "tarsier/program";
import { Ethernet, Ipv4, typeIpv4 } from "./headers.ts";

/** The header as the words that are summed: their order of bytes makes no difference to the sum. */
const Words = struct({ words: array(u16, 10) });
type Words = ValueOf<typeof Words>;

function folded(sum: u32): u16 {
  const once = (sum & 0xffff) + (sum >> 16);
  return ~u16((once & 0xffff) + (once >> 16));
}

function sumOf(header: Words): u32 {
  let sum: u32 = 0;
  for (const word of header.words) sum += u32(word);
  return sum;
}

export const run = xdp((packet) => {
  const ip = packet.view(Ipv4, 14);
  const header = packet.view(Words, 14);
  const ethernet = packet.view(Ethernet, 0);
  if (ip === null || header === null) return xdp.pass;
  if (ethernet === null || ethernet.type !== typeIpv4) return xdp.pass;
  ip.timeToLive -= 1;
  ip.checksum = 0;
  header.words[5] = folded(sumOf(header));
  return xdp.transmit;
});
