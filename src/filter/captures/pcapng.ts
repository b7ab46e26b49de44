/** The pcapng format (draft-ietf-opsawg-pcapng): blocks, each with its type and its length at both ends. */

import type { InputError } from "../../errors/error.ts";
import { type CaptureReader, longestRecordBytes, type VisitPacket } from "./capture-reader.ts";

/** The type of a section's first block, which reads the same in both byte orders. */
export const sectionHeader = 0x0a0d0d0a;
export const byteOrderMagic = 0x1a2b3c4d;
export const blockTypes = { interface: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const;
/** Options of an interface: the unit of its times, and what is added to them. */
export const interfaceOptions = { end: 0, resolution: 9, offset: 14 } as const;

interface Interface {
  readonly linkType: number;
  readonly snapBytes: number;
  /** Units of time in a second. */
  readonly ticksPerSecond: number;
  readonly offsetSeconds: number;
}

const microseconds = 1e6;
const nanosecondsPerSecond = 1e9;
/** Of a block with nothing in it. */
const emptyBlockBytes = 12;
const interfaceLimit = 65_536;

export function pcapngReader(wrong: (what: string) => InputError): CaptureReader {
  let littleEndian = true;
  let interfaces: Interface[] = [];
  let packets = 0;

  const interfaceOf = (index: number): Interface => {
    const found = interfaces[index];
    if (found === undefined)
      throw wrong(`packet ${packets} is of interface ${index}, which is not described before it`);
    return found;
  };

  const readSection = (view: DataView, at: number) => {
    const magic = view.getUint32(at + 8, true);
    littleEndian = magic === byteOrderMagic;
    if (!littleEndian && view.getUint32(at + 8, false) !== byteOrderMagic) throw wrong("a section has no byte order");
    interfaces = [];
  };

  const readInterface = (view: DataView, at: number, end: number) => {
    if (end - at < 8) throw wrong(`interface ${interfaces.length} is too short`);
    if (interfaces.length >= interfaceLimit) throw wrong(`there are more than ${interfaceLimit} interfaces`);
    let ticksPerSecond = microseconds;
    let offsetSeconds = 0;
    for (let option = at + 8; option + 4 <= end; ) {
      const code = view.getUint16(option, littleEndian);
      const length = view.getUint16(option + 2, littleEndian);
      const value = option + 4;
      if (code === interfaceOptions.end || value + length > end) break;
      if (code === interfaceOptions.resolution && length >= 1) ticksPerSecond = ticksOf(view.getUint8(value));
      if (code === interfaceOptions.offset && length >= 8)
        offsetSeconds = Number(view.getBigInt64(value, littleEndian));
      option = value + length + (-length & 3);
    }
    interfaces.push({
      linkType: view.getUint16(at, littleEndian),
      snapBytes: view.getUint32(at + 4, littleEndian),
      ticksPerSecond,
      offsetSeconds,
    });
  };

  const visitPacket = (
    view: DataView,
    from: Interface,
    timeAt: number,
    at: number,
    capturedBytes: number,
    end: number,
    visit: VisitPacket,
  ) => {
    if (capturedBytes > end - at)
      throw wrong(`packet ${packets} says it has ${capturedBytes} bytes, more than its block`);
    let seconds = 0;
    let nanoseconds = 0;
    if (timeAt >= 0) {
      const high = view.getUint32(timeAt, littleEndian);
      const low = view.getUint32(timeAt + 4, littleEndian);
      const { ticksPerSecond, offsetSeconds } = from;
      if (ticksPerSecond <= nanosecondsPerSecond && (ticksPerSecond >= 1000 || high < 1 << 21)) {
        // The quotient is one off at most; the remainder is less than 2^32, so that arithmetic of 32 bits gives it exactly.
        seconds = Math.floor((high * 0x1_0000_0000 + low) / ticksPerSecond);
        let rest = (low - Math.imul(seconds, ticksPerSecond)) >>> 0;
        if (rest >= ticksPerSecond) {
          const isTooMany = rest > 0xffff_ffff - ticksPerSecond;
          seconds += isTooMany ? -1 : 1;
          rest = (isTooMany ? rest + ticksPerSecond : rest - ticksPerSecond) >>> 0;
        }
        nanoseconds = Math.floor((rest * nanosecondsPerSecond) / ticksPerSecond);
      } else {
        const ticks = (BigInt(high) << 32n) | BigInt(low);
        const perSecond = BigInt(ticksPerSecond);
        seconds = Number(ticks / perSecond);
        nanoseconds = Number(((ticks % perSecond) * 1_000_000_000n) / perSecond);
      }
      seconds += offsetSeconds;
    }
    visit(at, capturedBytes, from.linkType, seconds, nanoseconds);
  };

  return {
    read(bytes, start, end, visit) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let at = start;
      while (end - at >= emptyBlockBytes) {
        const isSection = view.getUint32(at, true) === sectionHeader;
        if (isSection) readSection(view, at);
        const type = view.getUint32(at, littleEndian);
        const length = view.getUint32(at + 4, littleEndian);
        if (length < emptyBlockBytes || length % 4 !== 0 || length > longestRecordBytes) {
          throw wrong(`a block behind packet ${packets} says it has ${length} bytes`);
        }
        if (at + length > end) break;
        const body = at + 8;
        const bodyEnd = at + length - 4;
        switch (type) {
          case blockTypes.interface:
            readInterface(view, body, bodyEnd);
            break;
          case blockTypes.enhancedPacket:
          case blockTypes.packet: {
            packets++;
            if (bodyEnd - body < 20) throw wrong(`packet ${packets} is too short`);
            const index =
              type === blockTypes.packet ? view.getUint16(body, littleEndian) : view.getUint32(body, littleEndian);
            const captured = view.getUint32(body + 12, littleEndian);
            visitPacket(view, interfaceOf(index), body + 4, body + 20, captured, bodyEnd, visit);
            break;
          }
          case blockTypes.simplePacket: {
            packets++;
            if (bodyEnd - body < 4) throw wrong(`packet ${packets} is too short`);
            const from = interfaceOf(0);
            const room = bodyEnd - body - 4;
            const original = view.getUint32(body, littleEndian);
            const captured = Math.min(original, from.snapBytes === 0 ? original : from.snapBytes, room);
            visitPacket(view, from, -1, body + 4, captured, bodyEnd, visit);
          }
        }
        at += length;
      }
      return at;
    },
  };
}

/** `if_tsresol`: a power of ten, or with the highest bit of two. */
function ticksOf(resolution: number): number {
  const exponent = resolution & 0x7f;
  return resolution >= 0x80 ? 2 ** Math.min(exponent, 63) : 10 ** Math.min(exponent, 19);
}
