/**
 * Bytes of which some were taken out: in turn how many stay, those, and how many are missing. Numbers are LEB128. What was taken
 * out is so not in the file at all, only how much it was.
 */

import { redactedByte } from "../../protocols/http1/index.ts";

/** Fewer that were taken out in a row are written as they are. */
const shortestRunBytes = 4;

/** Writes bytes in which `redactedByte` stands for each that was taken out. */
export function writeRuns(bytes: Uint8Array): Uint8Array {
  const output: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = runFrom(bytes, at);
    writeNumber(output, start - at);
    for (let index = at; index < start; index++) output.push(bytes[index]!);
    at = start;
    while (at < bytes.length && bytes[at] === redactedByte) at++;
    writeNumber(output, at - start);
  }
  return Uint8Array.from(output);
}

/** Reads `lengthBytes` of them; `undefined` when that is not what is there. */
export function readRuns(runs: Uint8Array, lengthBytes: number): Uint8Array | undefined {
  const bytes = new Uint8Array(lengthBytes).fill(redactedByte);
  let from = 0;
  let at = 0;
  const readNumber = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const byte = runs[from++];
      if (byte === undefined) return -1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return -1;
  };
  while (from < runs.length) {
    const kept = readNumber();
    if (kept < 0 || kept > runs.length - from || kept > lengthBytes - at) return undefined;
    bytes.set(runs.subarray(from, from + kept), at);
    from += kept;
    at += kept;
    const missing = readNumber();
    if (missing < 0 || missing > lengthBytes - at) return undefined;
    at += missing;
  }
  return at === lengthBytes ? bytes : undefined;
}

/** Where the next run of bytes that were taken out begins. */
function runFrom(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== redactedByte) continue;
    let end = at;
    while (end < bytes.length && bytes[end] === redactedByte) end++;
    if (end - at >= shortestRunBytes) return at;
    at = end - 1;
  }
  return bytes.length;
}

function writeNumber(output: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    output.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  output.push(rest);
}
