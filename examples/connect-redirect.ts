// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Sends a program's connections elsewhere, without a proxy and without touching a packet: the address is exchanged when the
 * program asks to connect. `getpeername` answers what the program had asked for.
 *
 *     FROM=192.0.2.1:80 TO=127.0.0.1:8080 tarsier run examples/connect-redirect.ts -- curl http://192.0.2.1/
 */

import type { RunContext } from "tarsier";
import { hash, lruHash, socketAddress, socketCookie, struct, u16, u32, u64 } from "tarsier/program";
import { ip4 } from "./show.ts";

export const Address = struct({ ip4: u32, port: u16, unused: u16 });

/** Where connections to an address go instead. */
export const redirections = hash({ key: Address, value: Address, maxEntries: 1024 });

/** What the socket asked for, by its cookie. */
const asked = lruHash({ key: u64, value: Address, maxEntries: 65_536 });

export const connect = socketAddress.connect4((address) => {
  const wanted = Address.of({ ip4: address.ip4, port: u16(address.port), unused: 0 });
  const instead = redirections.get(wanted);
  if (instead === null) return socketAddress.allow;
  asked.set(socketCookie(address), wanted);
  address.ip4 = instead.ip4;
  address.port = u32(instead.port);
  return socketAddress.allow;
});

export const peerName = socketAddress.getpeername4((address) => {
  const wanted = asked.get(socketCookie(address));
  if (wanted !== null) {
    address.ip4 = wanted.ip4;
    address.port = u32(wanted.port);
  }
  return socketAddress.allow;
});

export default function ({ maps }: RunContext<typeof import("./connect-redirect.ts")>): void {
  const parsed = (given = ""): { ip4: number; port: number; unused: number } => {
    const [address, port] = given.split(":");
    return { ip4: ip4(address ?? ""), port: Number(port), unused: 0 };
  };
  maps.redirections.set(parsed(process.env.FROM), parsed(process.env.TO));
}
