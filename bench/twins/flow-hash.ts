// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The kernel's jhash_3words of a packet's addresses and ports, as load balancers choose with. */

import { arrayMap, atomic, u32, u64, xdp } from "tarsier/program";
import { Ipv4, Tcp } from "./headers.ts";

export const buckets = arrayMap({ value: u64, maxEntries: 256 });

function rotated(word: u32, count: u32): u32 {
  return (word << count) | (word >> (32 - count));
}

function hashOf(first: u32, second: u32, third: u32, initial: u32): u32 {
  const start = initial + 0xdeadbeef + 12;
  let a = first + start;
  let b = second + start;
  let c = third + start;
  c = (c ^ b) - rotated(b, 14);
  a = (a ^ c) - rotated(c, 11);
  b = (b ^ a) - rotated(a, 25);
  c = (c ^ b) - rotated(b, 16);
  a = (a ^ c) - rotated(c, 4);
  b = (b ^ a) - rotated(a, 14);
  return (c ^ b) - rotated(b, 24);
}

export const run = xdp((packet) => {
  const ip = packet.view(Ipv4, 14);
  const tcp = packet.view(Tcp, 34);
  if (ip === null || tcp === null) return xdp.pass;
  const ports = (u32(tcp.sourcePort) << 16) | u32(tcp.destinationPort);
  const count = buckets.get(hashOf(ip.source, ip.destination, ports, u32(ip.protocol)) & 255);
  if (count === null) return xdp.aborted;
  atomic.add(count, "value", 1n);
  return xdp.pass;
});
