/** A stretch of one direction of a connection, as one read or write moved it. */

export interface Segment {
  /** Of its first byte, counted from the first byte of that direction. */
  readonly offset: number;
  /** How many bytes were moved. */
  readonly length: number;
  /**
   * When, on the clock that all segments share. A number is exact to the nanosecond for 104 days of uptime and to
   * two for 208; differences are what counts.
   */
  readonly timeNs: number;
  /** The first bytes of it. Fewer than `length`: the rest was not captured. Read during the call; copied if kept. */
  readonly data: Uint8Array;
}

/** A segment that outlives the memory its bytes were read from. */
export function copyOf(segment: Segment): Segment {
  return { ...segment, data: segment.data.slice() };
}
