/** Addresses of a program as it was linked, and where their bytes are in its file: what probes are placed by. */

import { segmentTypes } from "../format.ts";
import type { ElfFile } from "../read.ts";

/** The offset in the file of the byte at `address`; nothing where no part of the file is loaded to. */
export function fileOffsetOf({ segments }: ElfFile, address: bigint): number | undefined {
  for (const { type, address: start, fileBytes, offset } of segments) {
    const distance = address - start;
    if (
      type === segmentTypes.load &&
      distance >= 0n &&
      distance < BigInt(Math.min(fileBytes, Number.MAX_SAFE_INTEGER))
    ) {
      return offset + Number(distance);
    }
  }
  return undefined;
}

/** The address that the byte at `offset` of the file is loaded to. */
export function addressOfOffset({ segments }: ElfFile, fileOffset: number): bigint | undefined {
  for (const { type, address, fileBytes, offset } of segments) {
    const distance = fileOffset - offset;
    if (type === segmentTypes.load && distance >= 0 && distance < fileBytes) return address + BigInt(distance);
  }
  return undefined;
}
