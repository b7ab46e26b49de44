/** Just enough of pcap, IPv4 and TCP to feed a capture of others to a parser: classic files, Ethernet, in order of sequence. */

import type { Segment } from "./segment.ts";

/** One direction of one connection. */
export interface CapturedStream {
  /** `source > destination`, with ports. */
  readonly name: string;
  /** The same for both directions. */
  readonly connection: string;
  readonly segments: Segment[];
}

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const ETHERNET_HEADER_BYTES = 14;
const TCP = 6;

/** The TCP streams of a capture file, in order of their first bytes. Empty for a format that is not read here. */
export function streamsOf(file: Buffer): CapturedStream[] {
  const streams = new Map<string, CapturedStream & { firstSequence: number }>();
  if (file.readUInt32LE(0) !== 0xa1b2c3d4) return [];
  for (let at = FILE_HEADER_BYTES; at + PACKET_HEADER_BYTES <= file.length; ) {
    const timeNs = file.readUInt32LE(at) * 1e9 + file.readUInt32LE(at + 4) * 1000;
    const captured = file.readUInt32LE(at + 8);
    const frame = file.subarray(at + PACKET_HEADER_BYTES, at + PACKET_HEADER_BYTES + captured);
    at += PACKET_HEADER_BYTES + captured;
    const ip = frame.subarray(ETHERNET_HEADER_BYTES);
    if (ip.length < 40 || ip[0]! >> 4 !== 4 || ip[9] !== TCP) continue;
    const tcp = ip.subarray((ip[0]! & 15) * 4, ip.readUInt16BE(2));
    const data = tcp.subarray((tcp[12]! >> 4) * 4);
    if (data.length === 0) continue;
    const source = `${ip.subarray(12, 16).join(".")}:${tcp.readUInt16BE(0)}`;
    const destination = `${ip.subarray(16, 20).join(".")}:${tcp.readUInt16BE(2)}`;
    const name = `${source} > ${destination}`;
    const sequence = tcp.readUInt32BE(4);
    const connection = [source, destination].sort().join(" - ");
    const stream = streams.get(name) ?? { name, connection, segments: [], firstSequence: sequence };
    streams.set(name, stream);
    const offset = (sequence - stream.firstSequence) >>> 0;
    if (offset < 0x80000000) stream.segments.push({ offset, length: data.length, timeNs, data });
  }
  return [...streams.values()];
}
