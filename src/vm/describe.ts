/** Pointers in words, for errors: which object they are of, and where in it. */

import { frameEnd } from "./frames.ts";
import { frameBytes, frameCount, indexMask, objectIndexes, objectRowBytes, objectTableAt, row } from "./layout.ts";
import type { Machine } from "./machine.ts";

/** `packet+34 (it has 34 bytes)`, `null+8`, `0xdeadbeef, which is no pointer`. */
export function describeAddress({ i32, objects, mapsByIndex }: Machine, address: bigint): string {
  const low = Number(BigInt.asIntN(32, address));
  const high = Number(BigInt.asIntN(32, address >> 32n));
  const index = high & indexMask;
  const number = `0x${address.toString(16)}`;
  if (high === 0 && low >>> 0 < 4096) return `null${low === 0 ? "" : `+${low}`}`;
  if (isFrame(index)) return stackText((low - frameEnd(index - objectIndexes.frames)) | 0);
  if (index >= objects.capacity) return `${number}, which is no pointer`;
  const at = (objectTableAt + index * objectRowBytes) >> 2;
  const first = i32[at + (row.first >> 2)]!;
  const handle = i32[at + (row.handle >> 2)]!;
  const length = i32[at + (row.length >> 2)]!;
  const isOther = handle !== high;
  const name = nameOf(index, mapsByIndex);
  if (index === objectIndexes.packet) {
    const distance = (low - first) | 0;
    if (length === 0 || Math.abs(distance) > 1 << 20) return `${number}, which is no pointer`;
    return `packet${offsetText(distance)} (it has ${length} bytes)`;
  }
  if ((handle & indexMask) !== index) return `${number}, which is no pointer`;
  if (isOther || length === 0) return `${name}, which is gone or holds nothing`;
  return `${name}${offsetText((low - first) | 0)} (it has ${length} bytes)`;
}

const isFrame = (index: number) => index >= objectIndexes.frames && index < objectIndexes.frames + frameCount;

/** By its distance from the end of the frame, as programs name it. */
function stackText(distance: number): string {
  const isInside = distance >= -frameBytes && distance < 0;
  return `stack${offsetText(distance)} (${isInside ? "of a function that has returned" : `it has ${frameBytes} bytes`})`;
}

function nameOf(index: number, maps: Machine["mapsByIndex"]): string {
  if (index === objectIndexes.context) return "context";
  if (index === objectIndexes.functions) return "function";
  if (index === objectIndexes.scratch) return "callback arguments";
  const map = maps.get(index);
  if (map !== undefined) return `map ${map.spec.name}`;
  for (const candidate of maps.values()) {
    const { place } = candidate;
    if (place?.kind !== "array") continue;
    const entry = index - place.objects.firstIndex;
    if (entry >= 0 && entry < place.objects.count) return `${candidate.spec.name}[${entry}]`;
  }
  return "map value";
}

const offsetText = (offset: number) => (offset < 0 ? String(offset) : `+${offset}`);
