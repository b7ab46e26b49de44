/** Packets of a capture file, found in place: pcap and pcapng, told apart by their first bytes. */

import { InputError } from "../../errors/error.ts";
import { pcapMagics, pcapReader } from "./pcap.ts";
import { pcapngReader, sectionHeader } from "./pcapng.ts";

/**
 * Gets one packet: where its bytes lie, how many were captured, what they begin with (link-types.ts), and when it was:
 * seconds since 1970 and nanoseconds of the second. It is called with numbers alone, since captures have millions.
 */
export type VisitPacket = (
  at: number,
  capturedBytes: number,
  linkType: number,
  seconds: number,
  nanoseconds: number,
) => void;

/** Finds packets in a file that comes in pieces. */
export interface CaptureReader {
  /**
   * Visits all packets that stand whole in `[start, end)` of `bytes`, which goes on where the last call stopped. Returns where it
   * stopped now: what follows is to come again with more behind it. Throws `InputError` where the file is wrong.
   */
  read(bytes: Uint8Array, start: number, end: number, visit: VisitPacket): number;
}

/** Bytes of a file that say what it is. */
export const captureMagicBytes = 4;
/** The longest record of a file that is still believed. */
export const longestRecordBytes = 1 << 24;

/** A reader for a file that begins with `beginning`; `path` is for messages. Throws `InputError` when it is no capture. */
export function captureReader(beginning: Uint8Array, path: string): CaptureReader {
  const wrong = (what: string) => new InputError("CAPTURE_INVALID", `${path}: ${what}`);
  if (beginning.length >= captureMagicBytes) {
    const magic = new DataView(beginning.buffer, beginning.byteOffset).getUint32(0, true);
    if (magic === sectionHeader) return pcapngReader(wrong);
    const form = pcapMagics.get(magic);
    if (form !== undefined) return pcapReader(form, wrong);
  }
  throw wrong("this is no capture: give a file of tcpdump, Wireshark or the like, pcap or pcapng, also gzipped");
}
