/** Durations as people type them. */

import { UsageError } from "./usage-error.ts";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `10s`, `500ms`, `2m`, `1h` in milliseconds; a bare number is seconds. Throws `UsageError`. */
export function parseDurationMs(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = match === null ? 0 : Number(match[1]) * unitsMs[match[2] ?? "s"]!;
  if (ms <= 0 || ms > 2 ** 31 - 1) {
    throw new UsageError("DURATION_INVALID", `${option} ${text}: not a duration; write 10s, 500ms, 2m or 1h`);
  }
  return ms;
}
