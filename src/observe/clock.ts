/** Times of the kernel's monotonic clock as wall-clock time. */

/** Converts nanoseconds of CLOCK_MONOTONIC to an ISO 8601 time with milliseconds. */
export interface WallClock {
  iso(monotonicNs: number): string;
}

export function wallClock(
  nowMs: () => number = Date.now,
  monotonicNs: () => bigint = process.hrtime.bigint,
): WallClock {
  const offsetMs = nowMs() - Number(monotonicNs() / 1000n) / 1000;
  let lastMs = Number.NaN;
  let lastText = "";
  return {
    iso(timeNs) {
      const ms = Math.floor(offsetMs + timeNs / 1e6);
      if (ms !== lastMs) {
        lastMs = ms;
        lastText = new Date(ms).toISOString();
      }
      return lastText;
    },
  };
}
