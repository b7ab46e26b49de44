// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Networks that the processes of a cgroup shall not talk to. The longest prefix that fits decides, so that a part of a blocked
 * network can be allowed.
 *
 *     BLOCK=10.0.0.0/8 ALLOW=10.1.2.0/24 tarsier run examples/blocklist.ts -- npm install
 */

import { once } from "node:events";
import type { RunContext } from "tarsier";
import { atomic, type i32, lpmTrie, type SocketAddress, socketAddress, struct, u32, u32be, u64 } from "tarsier/program";
import { ip4, ip4Text } from "./show.ts";

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

export default async function ({ maps, signal, print }: RunContext<typeof import("./blocklist.ts")>): Promise<void> {
  const add = (networks: string | undefined, blocks: number) => {
    for (const network of networks?.split(",") ?? []) {
      const [address, bits] = network.split("/");
      maps.rules.set({ bits: Number(bits ?? 32), address: ip4(address!) }, { blocks, unused: 0, hits: 0n });
    }
  };
  add(process.env.BLOCK, 1);
  add(process.env.ALLOW, 0);
  await once(signal, "abort");
  for (const [{ bits, address }, { blocks, hits }] of maps.rules) {
    print(`${ip4Text(address)}/${bits}: ${hits} times ${blocks === 1 ? "blocked" : "allowed"}`);
  }
}
