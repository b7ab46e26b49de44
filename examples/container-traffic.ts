// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Packets and bytes of each container, both ways. Attached to one cgroup the programs see the packets of all cgroups below
 * it; every container is one, and the kernel says of each packet whose it is.
 *
 *     tarsier run --cgroup /sys/fs/cgroup/system.slice examples/container-traffic.ts
 */

import { atomic, cgroupSkb, hash, packetCgroupId, struct, u64 } from "tarsier/program";

export const Traffic = struct({ sentPackets: u64, sentBytes: u64, receivedPackets: u64, receivedBytes: u64 });

/** By the id of the cgroup: the inode of its directory. */
export const traffic = hash({ key: u64, value: Traffic, maxEntries: 4096 });

export const sent = cgroupSkb.egress((packet) => {
  const own = traffic.getOrInsert(packetCgroupId(packet), Traffic.zero());
  if (own !== null) {
    // Several processors may send at once: a plain `+=` would lose some.
    atomic.add(own, "sentPackets", 1n);
    atomic.add(own, "sentBytes", u64(packet.length));
  }
  return cgroupSkb.allow;
});

export const received = cgroupSkb.ingress((packet) => {
  const own = traffic.getOrInsert(packetCgroupId(packet), Traffic.zero());
  if (own !== null) {
    atomic.add(own, "receivedPackets", 1n);
    atomic.add(own, "receivedBytes", u64(packet.length));
  }
  return cgroupSkb.allow;
});
