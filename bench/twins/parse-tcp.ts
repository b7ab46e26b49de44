// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The addresses and ports of a TCP packet over IPv4 (with options) or IPv6. */

import { arrayMap, bytes, type i32, struct, u16, u32, u32be, type ValueOf, xdp } from "tarsier/program";
import { Ethernet, Ipv4, Ipv6, protocolTcp, Tcp, typeIpv4, typeIpv6 } from "./headers.ts";

const Flow = struct({ source: bytes(16), destination: bytes(16), sourcePort: u16, destinationPort: u16, family: u32 });
export const last = arrayMap({ value: Flow, maxEntries: 1 });

function finish(flow: ValueOf<typeof Flow>, tcp: ValueOf<typeof Tcp>): i32 {
  flow.sourcePort = tcp.sourcePort;
  flow.destinationPort = tcp.destinationPort;
  return flow.destinationPort === 443 ? xdp.drop : xdp.transmit;
}

export const run = xdp((packet) => {
  const ethernet = packet.view(Ethernet, 0);
  if (ethernet === null) return xdp.pass;
  const flow = last.get(0);
  if (flow === null) return xdp.aborted;

  if (ethernet.type === typeIpv4) {
    const ip = packet.view(Ipv4, 14);
    if (ip === null) return xdp.pass;
    const words = ip.versionAndWords & 0x0f;
    if (words < 5 || ip.protocol !== protocolTcp) return xdp.pass;
    const tcp = packet.view(Tcp, 14 + words * 4);
    if (tcp === null) return xdp.pass;
    flow.source.store(u32be, 0, ip.source);
    flow.destination.store(u32be, 0, ip.destination);
    flow.family = 4;
    return finish(flow, tcp);
  }
  if (ethernet.type === typeIpv6) {
    const ip = packet.view(Ipv6, 14);
    if (ip === null || ip.nextHeader !== protocolTcp) return xdp.pass;
    const tcp = packet.view(Tcp, 54);
    if (tcp === null) return xdp.pass;
    flow.source = ip.source;
    flow.destination = ip.destination;
    flow.family = 6;
    return finish(flow, tcp);
  }
  return xdp.pass;
});
