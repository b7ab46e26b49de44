/**
 * Times of the kernel's monotonic clock as wall-clock time. The two drift apart: one is set and corrected, the other
 * stands still while the machine sleeps. So their difference is taken anew from time to time.
 */

const renewalNs = 10e9;

/** Converts nanoseconds of CLOCK_MONOTONIC to an ISO 8601 time with milliseconds. */
export interface WallClock {
  iso(monotonicNs: number): string;
}

export function wallClock(
  nowMs: () => number = Date.now,
  monotonicNs: () => bigint = process.hrtime.bigint,
): WallClock {
  let offsetMs = 0;
  let renewedAtNs = Number.NEGATIVE_INFINITY;
  const renew = () => {
    renewedAtNs = Number(monotonicNs());
    offsetMs = nowMs() - renewedAtNs / 1e6;
  };
  renew();
  let lastMs = Number.NaN;
  let lastText = "";
  return {
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
