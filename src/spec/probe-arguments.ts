/**
 * Where the arguments of a statically defined probe (USDT) are, as attaching tells programs: one entry of the array
 * `.usdt` for each place, found by the cookie that the place is attached with.
 */

/** The array. */
export const probeArgumentsMapName = ".usdt";

/** How many places can be told apart in a collection. */
export const mostProbePlaces = 256;

/** `sys/sdt.h` has no probes with more. */
export const mostProbeArguments = 12;

/**
 * One argument: `base + (index << indexShift) + addend`, where registers of 0 bytes are 0; then, of `memoryBytes` more
 * than 0, what stands there in memory; then its low bits, `shift` cut off at the top, with their sign, and of these `mask`.
 */
export interface ProbeArgumentPlace {
  readonly addend: bigint;
  readonly mask: bigint;
  /** Where the registers are in what the program is handed (`struct pt_regs`, or on arm64 `user_pt_regs`). */
  readonly baseOffset: number;
  readonly indexOffset: number;
  readonly baseBytes: 0 | 8;
  readonly indexBytes: 0 | 8;
  readonly indexShift: number;
  readonly memoryBytes: 0 | 1 | 2 | 4 | 8;
  readonly shift: number;
}

/** Where each part of an argument stands. */
export const probeArgumentOffsets = {
  addend: 0,
  mask: 8,
  baseOffset: 16,
  indexOffset: 18,
  baseBytes: 20,
  indexBytes: 21,
  indexShift: 22,
  memoryBytes: 23,
  shift: 24,
} as const satisfies Record<keyof ProbeArgumentPlace, number>;

/** What the place of one argument takes. */
export const probeArgumentBytes = 32;

/** The entry of a place. Arguments that it does not have are 0. */
export function encodeProbeArguments(places: readonly ProbeArgumentPlace[]): Uint8Array {
  const bytes = new Uint8Array(mostProbeArguments * probeArgumentBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, place] of places.entries()) {
    const at = (part: keyof ProbeArgumentPlace) => index * probeArgumentBytes + probeArgumentOffsets[part];
    view.setBigUint64(at("addend"), BigInt.asUintN(64, place.addend), true);
    view.setBigUint64(at("mask"), place.mask, true);
    view.setUint16(at("baseOffset"), place.baseOffset, true);
    view.setUint16(at("indexOffset"), place.indexOffset, true);
    for (const part of ["baseBytes", "indexBytes", "indexShift", "memoryBytes", "shift"] as const) {
      view.setUint8(at(part), place[part]);
    }
  }
  return bytes;
}
