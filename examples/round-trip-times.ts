// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * How long the way to each peer and back is, as TCP itself measures it: a histogram by powers of two of microseconds.
 *
 *     tarsier run --cgroup /sys/fs/cgroup/system.slice examples/round-trip-times.ts
 */

import { once } from "node:events";
import type { RunContext } from "tarsier";
import { arrayMap, atomic, hash, log2, min, setCallbackFlags, socketOps, struct, u32, u64 } from "tarsier/program";
import { ip4Text, histogram as lines } from "./show.ts";

export const Peer = struct({ connections: u64, samples: u64, totalUs: u64 });

/** By the peer's IPv4 address. */
export const peers = hash({ key: u32, value: Peer, maxEntries: 4096 });

/** Entry n counts round trips of 2ⁿ up to 2ⁿ⁺¹ microseconds. */
export const histogram = arrayMap({ value: u64, maxEntries: 32 });

const ipv4 = 2;

export const measure = socketOps((connection) => {
  if (connection.family !== ipv4) return;
  switch (connection.operation) {
    case socketOps.connected:
    case socketOps.accepted: {
      // From now on the kernel calls at every new measurement of this connection.
      setCallbackFlags(connection, socketOps.flags.roundTripTime);
      const peer = peers.getOrInsert(connection.remoteIp4, Peer.zero());
      if (peer !== null) atomic.add(peer, "connections", 1n);
      return;
    }
    case socketOps.roundTripTime: {
      const tookUs = u64(connection.roundTripTime8Us >> 3);
      const peer = peers.get(connection.remoteIp4);
      const slot = histogram.get(min(log2(tookUs), 31));
      if (peer === null || slot === null) return;
      atomic.add(peer, "samples", 1n);
      atomic.add(peer, "totalUs", tookUs);
      atomic.add(slot, "value", 1n);
    }
  }
});

export default async function ({
  maps,
  signal,
  print,
}: RunContext<typeof import("./round-trip-times.ts")>): Promise<void> {
  await once(signal, "abort");
  for (const line of lines([...maps.histogram.values()], "µs")) print(line);
  for (const [peer, { connections, samples, totalUs }] of maps.peers) {
    print(`${ip4Text(peer)}: ${connections} connections, ${samples === 0n ? 0 : totalUs / samples} µs in the mean`);
  }
}
