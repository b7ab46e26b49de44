// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Networks that the processes of a cgroup shall not talk to. The longest prefix that fits decides, so that a part of a blocked
 * network can be allowed.
 *
 *     tarsier run examples/blocklist.ts -- npm install
 */

import { atomic, type i32, lpmTrie, type SocketAddress, socketAddress, struct, u32, u32be, u64 } from "tarsier/program";

/** A network: how many bits of the address count, and the address. */
export const Network = struct({ bits: u32, address: u32be });
export const Rule = struct({ blocks: u32, unused: u32, hits: u64 });
export const rules = lpmTrie({ key: Network, value: Rule, maxEntries: 10_000 });

function verdict(address: SocketAddress): i32 {
  const rule = rules.get({ bits: 32, address: address.ip4 });
  if (rule === null) return socketAddress.allow;
  atomic.add(rule, "hits", 1n);
  return rule.blocks !== 0 ? socketAddress.deny : socketAddress.allow;
}

/** The program that calls gets EPERM, at once. */
export const connect = socketAddress.connect4((address) => verdict(address));

/** Datagrams that go out of sockets which are not connected. */
export const send = socketAddress.sendmsg4((address) => verdict(address));
