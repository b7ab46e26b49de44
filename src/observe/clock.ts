/**
 * Times of the kernel's monotonic clock as wall-clock time. The two drift apart: one is set and corrected, the other
 * stands still while the machine sleeps. So their difference is taken anew from time to time.
 */

const renewalNs = 10e9;

/** Both clocks at one time. */
export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicNs: bigint;
}

/** Converts nanoseconds of CLOCK_MONOTONIC to an ISO 8601 time with milliseconds. */
export interface WallClock {
  /** Where it began. */
  readonly begun: ClockReading;
  iso(monotonicNs: number): string;
}

export function wallClock(
  nowMs: () => number = Date.now,
  monotonicNs: () => bigint = process.hrtime.bigint,
): WallClock {
  let offsetMs = 0;
  let renewedAtNs = Number.NEGATIVE_INFINITY;
  const renew = (): ClockReading => {
    const reading = { monotonicNs: monotonicNs(), wallMs: nowMs() };
    renewedAtNs = Number(reading.monotonicNs);
    offsetMs = reading.wallMs - renewedAtNs / 1e6;
    return reading;
  };
  const begun = renew();
  let lastMs = Number.NaN;
  let lastText = "";
  return {
    begun,
    iso(timeNs) {
      if (timeNs - renewedAtNs > renewalNs) renew();
      const ms = Math.floor(offsetMs + timeNs / 1e6);
      if (ms !== lastMs) {
        lastMs = ms;
        lastText = new Date(ms).toISOString();
      }
      return lastText;
    },
  };
}
