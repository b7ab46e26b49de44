// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The address of a service becomes that of one of its backends: connect4, on the packet, as test runs need one. */

import { array, hash, struct, u16, u16be, u32, u32be, xdp } from "tarsier/program";
import { Ethernet, Ipv4, protocolTcp, Tcp, typeIpv4 } from "./headers.ts";

const Service = struct({ address: u32be, port: u16be, unused: u16 });
const Backends = struct({ count: u32, address: array(u32be, 8), port: array(u16be, 8) });
export const services = hash({ key: Service, value: Backends, maxEntries: 256 });

export const run = xdp((packet) => {
  const ip = packet.view(Ipv4, 14);
  const tcp = packet.view(Tcp, 34);
  const ethernet = packet.view(Ethernet, 0);
  if (ip === null || tcp === null || ethernet === null) return xdp.pass;
  if (ethernet.type !== typeIpv4 || (ip.versionAndWords & 0x0f) !== 5 || ip.protocol !== protocolTcp) return xdp.pass;

  const backends = services.get({ address: ip.destination, port: tcp.destinationPort, unused: 0 });
  if (backends === null || backends.count === 0) return xdp.pass;
  const index = (u32(tcp.sourcePort) % backends.count) & 7;
  ip.destination = backends.address.at(index);
  tcp.destinationPort = backends.port.at(index);
  return xdp.transmit;
});
