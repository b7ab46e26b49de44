/** What the twins are run on: packets from a seed, and what their maps hold before. */

import type { KernelMap } from "../../src/kernel/index.ts";

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof seeded>;

export interface Twin {
  readonly name: string;
  /** An input of any kind; the first one of a seed is not special. */
  readonly input: (random: Random) => Uint8Array;
  /** The input that is timed: the way that such a program goes most. */
  readonly typical: Uint8Array;
  /** Fills maps before the first run. */
  readonly fill?: (map: (name: string) => KernelMap) => void;
}

const ethernetBytes = 14;
const payloadAt = 54;
const someBytes = (random: Random, length: number) => Uint8Array.from({ length }, () => random(256));
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const words = (...numbers: number[]) => new Uint8Array(Uint32Array.from(numbers).buffer);
const fewAddresses = [0x0a000001, 0x0a000102, 0xc0a80001, 0xac100a05, 0x08080808, 0x01010101, 0x7f000001];

/** A TCP packet of IPv4, now and then of IPv6, with options, of another protocol, or cut off. */
function tcpPacket(random: Random): Uint8Array {
  const packet = someBytes(random, 60 + random(60));
  const fields = view(packet);
  const kind = random(10);
  fields.setUint16(12, kind === 0 ? random(0x10000) : kind < 3 ? 0x86dd : 0x0800);
  if (kind < 3) packet[20] = random(4) === 0 ? 17 : 6;
  else {
    packet[14] = 0x40 | (random(3) === 0 ? random(16) : 5);
    packet[23] = random(5) === 0 ? 17 : 6;
    if (random(4) > 0) fields.setUint32(26, 0x0a000000 + random(1000));
    if (random(2) > 0) fields.setUint32(30, fewAddresses[random(fewAddresses.length)]!);
    if (random(2) > 0) fields.setUint16(36, [80, 443, 5432][random(3)]!);
  }
  return packet.subarray(0, random(8) === 0 ? ethernetBytes + random(packet.length - ethernetBytes) : packet.length);
}

const typicalTcp = (() => {
  const packet = someBytes(seeded(4), 74);
  const fields = view(packet);
  fields.setUint16(12, 0x0800);
  packet[14] = 0x45;
  packet[23] = 6;
  fields.setUint32(26, 0x0a000001);
  fields.setUint32(30, fewAddresses[1]!);
  fields.setUint16(36, 443);
  return packet;
})();

/** Bytes behind the Ethernet header, of a length around `length`. */
const around = (length: number) => (random: Random) => someBytes(random, ethernetBytes + 2 + random(length * 2));

function withText(text: string, at: number): Uint8Array {
  const packet = someBytes(seeded(7), at + 32);
  packet.fill(0, at);
  packet.set(Buffer.from(text), at);
  return packet;
}

const requests = [
  "GET /",
  "POST /",
  "PUT /",
  "HEAD /",
  "PATCH /",
  "DELETE /",
  "OPTIONS *",
  "HTTP/1.1 ",
  "GETS",
  "PUTS ",
];

function dnsName(random: Random): Uint8Array {
  const packet = someBytes(random, payloadAt + 80);
  let at = payloadAt;
  for (let label = random(20); label > 0 && at < packet.length; label--) {
    packet[at] = random(40) === 0 ? random(256) : 1 + random(12);
    at += packet[at]! + 1;
  }
  if (at < packet.length) packet[at] = 0;
  return packet.subarray(0, packet.length - random(3) * 8);
}

const index = words(0);
const nameAt = 16;
const networks = [
  { bits: 8, address: [127, 0, 0, 0] },
  { bits: 16, address: [192, 168, 0, 0] },
  { bits: 30, address: [10, 0, 0, 4] },
  ...Array.from({ length: 60 }, (_, third) => ({ bits: 28, address: [10, 0, third >> 4, (third & 15) << 4] })),
];

export const twins: readonly Twin[] = [
  { name: "parse-tcp", input: tcpPacket, typical: typicalTcp },
  { name: "hash-count", input: tcpPacket, typical: typicalTcp },
  {
    name: "log2-histogram",
    input(random) {
      const packet = someBytes(random, 16 + random(24));
      const zeros = random(9);
      packet.fill(0, Math.max(16, 24 - zeros), 24);
      return packet;
    },
    typical: Uint8Array.of(...new Uint8Array(16), 0x80, 0x1a, 6, 0, 0, 0, 0, 0),
  },
  {
    name: "string-compare",
    input(random) {
      if (random(2) === 0) return around(20)(random);
      const packet = withText("postgres", nameAt);
      if (random(2) === 0) packet[nameAt + random(16)] = random(256);
      return packet;
    },
    typical: withText("postgres", nameAt),
    fill: (map) => map("wanted").set(index, withText("postgres", 0).subarray(0, 16)),
  },
  {
    name: "lpm-match",
    input: tcpPacket,
    typical: typicalTcp,
    fill(map) {
      for (const { bits, address } of networks) {
        map("blocked").set(Uint8Array.of(...words(bits), ...address), new Uint8Array(8));
      }
    },
  },
  { name: "checksum", input: tcpPacket, typical: typicalTcp },
  {
    name: "loop",
    input: around(8),
    typical: Uint8Array.of(...new Uint8Array(16), 0, 0, 0, 0x50),
    fill(map) {
      const random = seeded(11);
      map("limits").set(index, words(...Array.from({ length: 64 }, () => random(2 ** 32))));
    },
  },
  { name: "struct-copy", input: around(96), typical: someBytes(seeded(8), 128) },
  {
    name: "http-method",
    input(random) {
      const packet = withText(requests[random(requests.length)]!, payloadAt);
      if (random(4) === 0) packet[payloadAt + random(8)] = random(256);
      return packet.subarray(0, packet.length - random(4) * 9);
    },
    typical: withText("GET /", payloadAt),
  },
  {
    name: "connect-redirect",
    input: tcpPacket,
    typical: typicalTcp,
    fill(map) {
      for (const [place, address] of fewAddresses.entries()) {
        for (const port of [80, 443]) {
          const key = new Uint8Array(8);
          view(key).setUint32(0, address);
          view(key).setUint16(4, port);
          const backends = someBytes(seeded(place), 52);
          backends.set(words(place), 0);
          map("services").set(key, backends);
        }
      }
    },
  },
  { name: "flow-hash", input: tcpPacket, typical: typicalTcp },
  { name: "dns-name", input: dnsName, typical: withText("\x03www\x07example\x03com", payloadAt) },
];
