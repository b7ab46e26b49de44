/** The size of a page of memory. */

import { readFileSync } from "node:fs";
import { endianness } from "node:os";

const auxiliaryPageSize = 6n;
let size: number | undefined;

/** Bytes of a page, from this process's auxiliary vector (`AT_PAGESZ`, getauxval(3)). */
export function pageSizeBytes(): number {
  size ??= readPageSize();
  return size;
}

function readPageSize(): number {
  const raw = readFileSync("/proc/self/auxv");
  const words = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const little = endianness() === "LE";
  for (let offset = 0; offset + 16 <= raw.length; offset += 16) {
    if (words.getBigUint64(offset, little) === auxiliaryPageSize) return Number(words.getBigUint64(offset + 8, little));
  }
  return 4096;
}
