// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The headers that the twins read. Numbers are in network order, as `be` says. */

import { bytes, struct, u8, u16be, u32, u32be } from "tarsier/program";

export const Ethernet = struct({ destination: bytes(6), source: bytes(6), type: u16be });

export const Ipv4 = struct({
  versionAndWords: u8,
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

export const Ipv6 = struct({
  versionAndClass: u32be,
  length: u16be,
  nextHeader: u8,
  hopLimit: u8,
  source: bytes(16),
  destination: bytes(16),
});

export const Tcp = struct({
  sourcePort: u16be,
  destinationPort: u16be,
  sequence: u32be,
  acknowledgement: u32be,
  offset: u8,
  flags: u8,
  window: u16be,
  checksum: u16be,
  urgent: u16be,
});

/** What every twin counts in. */
export const Count = struct({ value: u32 });

export const typeIpv4 = 0x0800;
export const typeIpv6 = 0x86dd;
export const protocolTcp = 6;
