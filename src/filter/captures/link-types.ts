/** What captured bytes begin with (https://www.tcpdump.org/linktypes.html), and how far the network header is behind it. */

export const linkTypes = {
  null: 0,
  ethernet: 1,
  rawOld: 12,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

/** Headers before the network header, for those that are no Ethernet; in bytes. */
const headerBytes: ReadonlyMap<number, number> = new Map([
  [linkTypes.null, 4],
  [linkTypes.loop, 4],
  [linkTypes.rawOld, 0],
  [linkTypes.raw, 0],
  [linkTypes.ipv4, 0],
  [linkTypes.ipv6, 0],
  [linkTypes.linuxCooked, 16],
  [linkTypes.linuxCooked2, 20],
]);

export const ethernetHeaderBytes = 14;
const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;

/** Whether packets of a link type can be given to programs. */
export const isKnownLinkType = (linkType: number): boolean =>
  linkType === linkTypes.ethernet || headerBytes.has(linkType);

/**
 * Makes a packet begin with an Ethernet header, in place: one is written over the header it has and what is before it, which there
 * is room for in every format. Returns where it begins now, or -1 when it has nothing that can be given to a program.
 */
export function asEthernet(bytes: Uint8Array, at: number, lengthBytes: number, linkType: number): number {
  if (linkType === linkTypes.ethernet) return lengthBytes >= ethernetHeaderBytes ? at : -1;
  const skipped = headerBytes.get(linkType);
  if (skipped === undefined || lengthBytes <= skipped) return -1;
  const etherType = etherTypeOf(bytes, at, skipped, linkType);
  if (etherType === undefined) return -1;
  const start = at + skipped - ethernetHeaderBytes;
  bytes.fill(0, start, start + 12);
  bytes[start + 12] = etherType >> 8;
  bytes[start + 13] = etherType & 0xff;
  return start;
}

function etherTypeOf(bytes: Uint8Array, at: number, skipped: number, linkType: number): number | undefined {
  if (linkType === linkTypes.linuxCooked) return (bytes[at + 14]! << 8) | bytes[at + 15]!;
  if (linkType === linkTypes.linuxCooked2) return (bytes[at]! << 8) | bytes[at + 1]!;
  const version = bytes[at + skipped]! >> 4;
  if (version === 4) return etherTypes.ipv4;
  return version === 6 ? etherTypes.ipv6 : undefined;
}
