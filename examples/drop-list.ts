// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Drops what comes from addresses on a list, as early as that is possible: at the interface, before the kernel has made a
 * packet of the frame. Addresses are put on the list, and taken off, while the program runs; each counts its hits.
 *
 *     DROP=192.0.2.7,192.0.2.8 tarsier run --interface eth0 examples/drop-list.ts
 */

import { once } from "node:events";
import type { RunContext } from "tarsier";
import { atomic, bytes, hash, struct, u8, u16be, u32be, u64, xdp } from "tarsier/program";
import { ip4, ip4Text } from "./show.ts";

const Ethernet = struct({ destination: bytes(6), source: bytes(6), type: u16be });
const Ipv4 = struct({
  head: u8,
  service: u8,
  length: u16be,
  identification: u16be,
  fragment: u16be,
  timeToLive: u8,
  protocol: u8,
  checksum: u16be,
  source: u32be,
  destination: u32be,
});
const ipv4 = 0x0800;

/** Addresses that are dropped, and how many frames of each were. */
export const dropped = hash({ key: u32be, value: u64, maxEntries: 10_000 });

export const filter = xdp((packet) => {
  // A view is the packet itself, seen as a struct; it is null where the packet ends before the struct does.
  const ethernet = packet.view(Ethernet, 0);
  if (ethernet === null || ethernet.type !== ipv4) return xdp.pass;
  const ip = packet.view(Ipv4, 14);
  if (ip === null) return xdp.pass;

  const hits = dropped.get(ip.source);
  if (hits === null) return xdp.pass;
  atomic.add(hits, "value", 1n);
  return xdp.drop;
});

export default async function ({ maps, signal, print }: RunContext<typeof import("./drop-list.ts")>): Promise<void> {
  for (const address of process.env.DROP?.split(",") ?? []) maps.dropped.set(ip4(address), 0n);
  await once(signal, "abort");
  for (const [address, count] of maps.dropped) print(`${ip4Text(address)}: ${count} frames dropped`);
}
