/** Writing captures: pcap with nanoseconds, and pcapng with one interface. */

import { pcapHeadBytes, pcapRecordBytes } from "./pcap.ts";
import { blockTypes, byteOrderMagic, interfaceOptions, sectionHeader } from "./pcapng.ts";

/** A packet to write. */
export interface CapturedPacket {
  readonly bytes: Uint8Array;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** How long it was before it was cut; as long as it is, when absent. */
  readonly originalBytes?: number;
}

const snapBytes = 262_144;

/** The head of a pcap file whose times are nanoseconds. */
export function pcapHead(linkType: number, littleEndian = true): Uint8Array {
  const head = new DataView(new ArrayBuffer(pcapHeadBytes));
  head.setUint32(0, 0xa1b23c4d, littleEndian);
  head.setUint16(4, 2, littleEndian);
  head.setUint16(6, 4, littleEndian);
  head.setUint32(16, snapBytes, littleEndian);
  head.setUint32(20, linkType, littleEndian);
  return new Uint8Array(head.buffer);
}

export function pcapRecord(packet: CapturedPacket, littleEndian = true): Uint8Array {
  const record = new Uint8Array(pcapRecordBytes + packet.bytes.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, packet.seconds, littleEndian);
  view.setUint32(4, packet.nanoseconds, littleEndian);
  view.setUint32(8, packet.bytes.length, littleEndian);
  view.setUint32(12, packet.originalBytes ?? packet.bytes.length, littleEndian);
  record.set(packet.bytes, pcapRecordBytes);
  return record;
}

/** A section and its only interface, whose times are nanoseconds. */
export function pcapngHead(linkType: number, littleEndian = true): Uint8Array {
  const section = block(sectionHeader, 16, littleEndian, (view) => {
    view.setUint32(0, byteOrderMagic, littleEndian);
    view.setUint16(4, 1, littleEndian);
    view.setBigInt64(8, -1n, littleEndian);
  });
  const described = block(blockTypes.interface, 20, littleEndian, (view) => {
    view.setUint16(0, linkType, littleEndian);
    view.setUint32(4, snapBytes, littleEndian);
    view.setUint16(8, interfaceOptions.resolution, littleEndian);
    view.setUint16(10, 1, littleEndian);
    view.setUint8(12, 9);
  });
  return joined([section, described]);
}

export function pcapngPacket(packet: CapturedPacket, littleEndian = true): Uint8Array {
  const { bytes, seconds, nanoseconds, originalBytes = bytes.length } = packet;
  const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  return block(blockTypes.enhancedPacket, 20 + bytes.length, littleEndian, (view, body) => {
    view.setUint32(4, Number(time >> 32n), littleEndian);
    view.setUint32(8, Number(time & 0xffff_ffffn), littleEndian);
    view.setUint32(12, bytes.length, littleEndian);
    view.setUint32(16, originalBytes, littleEndian);
    body.set(bytes, 20);
  });
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function block(
  type: number,
  bodyBytes: number,
  littleEndian: boolean,
  fill: (view: DataView, body: Uint8Array) => void,
): Uint8Array {
  const length = 12 + bodyBytes + (-bodyBytes & 3);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, littleEndian);
  view.setUint32(4, length, littleEndian);
  fill(new DataView(bytes.buffer, 8), bytes.subarray(8));
  view.setUint32(length - 4, length, littleEndian);
  return bytes;
}
