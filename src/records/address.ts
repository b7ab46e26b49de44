/** Network addresses as text: IPv4 dotted, IPv6 as RFC 5952 wants it, IPv4-mapped ones (RFC 4291, 2.5.5.2) as IPv4. */

import { BugError } from "../errors/error.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const MAPPED_PREFIX_BYTES = 12;

/** `address`: 4 or 16 bytes in network order. */
export function formatAddress(address: Uint8Array): string {
  if (address.length === IPV4_BYTES) return dotted(address, 0);
  if (address.length !== IPV6_BYTES) {
    throw new BugError("ADDRESS_LENGTH", `an address has 4 or 16 bytes, not ${address.length}`);
  }
  return isMapped(address) ? dotted(address, MAPPED_PREFIX_BYTES) : grouped(address);
}

/** `127.0.0.1:80` or `[::1]:80`. */
export function formatEndpoint(address: Uint8Array, port: number): string {
  const text = formatAddress(address);
  return text.includes(":") ? `[${text}]:${port}` : `${text}:${port}`;
}

function dotted(bytes: Uint8Array, start: number): string {
  return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
}

function isMapped(address: Uint8Array): boolean {
  for (let index = 0; index < 10; index++) {
    if (address[index] !== 0) return false;
  }
  return address[10] === 0xff && address[11] === 0xff;
}

function grouped(address: Uint8Array): string {
  const groups: number[] = [];
  for (let index = 0; index < IPV6_BYTES; index += 2) groups.push((address[index]! << 8) | address[index + 1]!);
  const { start, length } = longestZeroRun(groups);
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return length < 2 ? text(0, groups.length) : `${text(0, start)}::${text(start + length, groups.length)}`;
}

/** The first of the longest runs (RFC 5952, section 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  });
  return longest;
}
