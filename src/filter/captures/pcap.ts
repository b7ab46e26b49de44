/** The pcap format (draft-ietf-opsawg-pcap): a head of 24 bytes, then records of 16 bytes and a packet. */

import type { InputError } from "../../errors/error.ts";
import { type CaptureReader, longestRecordBytes } from "./capture-reader.ts";

/** How a file's numbers are written. */
export interface PcapForm {
  readonly littleEndian: boolean;
  /** Nanoseconds of one unit of a second's fraction. */
  readonly fractionNs: 1 | 1000;
  /** Of a record's head: 16, or 24 in the form that some Linux of the nineties wrote, and Wireshark still can. */
  readonly recordBytes: 16 | 24;
}

/** Forms by the first four bytes, read as a little-endian number. */
export const pcapMagics: ReadonlyMap<number, PcapForm> = new Map([
  [0xa1b2c3d4, { littleEndian: true, fractionNs: 1000, recordBytes: 16 }],
  [0xd4c3b2a1, { littleEndian: false, fractionNs: 1000, recordBytes: 16 }],
  [0xa1b23c4d, { littleEndian: true, fractionNs: 1, recordBytes: 16 }],
  [0xa1b2cd34, { littleEndian: true, fractionNs: 1000, recordBytes: 24 }],
  [0x34cdb2a1, { littleEndian: false, fractionNs: 1000, recordBytes: 24 }],
  [0x4d3cb2a1, { littleEndian: false, fractionNs: 1, recordBytes: 16 }],
]);

export const pcapHeadBytes = 24;
export const pcapRecordBytes = 16;
const linkTypeAt = 20;
/** What is above the link type in its field is about checksums. */
const linkTypeMask = 0xffff;

export function pcapReader(form: PcapForm, wrong: (what: string) => InputError): CaptureReader {
  const { littleEndian, fractionNs, recordBytes } = form;
  let linkType = -1;
  let packets = 0;
  return {
    read(bytes, start, end, visit) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let at = start;
      if (linkType < 0) {
        if (end - at < pcapHeadBytes) return at;
        linkType = view.getUint32(at + linkTypeAt, littleEndian) & linkTypeMask;
        at += pcapHeadBytes;
      }
      while (end - at >= recordBytes) {
        const capturedBytes = view.getUint32(at + 8, littleEndian);
        if (capturedBytes > longestRecordBytes) throw wrong(`packet ${packets + 1} says it has ${capturedBytes} bytes`);
        const next = at + recordBytes + capturedBytes;
        if (next > end) break;
        const seconds = view.getUint32(at, littleEndian);
        visit(at + recordBytes, capturedBytes, linkType, seconds, view.getUint32(at + 4, littleEndian) * fractionNs);
        packets++;
        at = next;
      }
      return at;
    },
  };
}
