/** Numbers as people read them: durations, sizes, counts, shares. */

const SIGNIFICANT_DIGITS = 3;
const NS_PER_SECOND = 1e9;

/** `84 µs`, `0.92 ms`, `18.4 ms`, `1.84 s`, `2 min 5 s`. */
export function formatDuration(ns: number): string {
  const micros = Math.round(ns / 1e3);
  if (micros < 100) return `${micros} µs`;
  const millis = rounded(ns / 1e6);
  if (millis < 1000) return `${fixed(millis)} ms`;
  const seconds = rounded(ns / NS_PER_SECOND);
  if (seconds < 60) return `${fixed(seconds)} s`;
  const whole = Math.round(ns / NS_PER_SECOND);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `412 B`, `1.2 kB`, `35 MB`: powers of 1000. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  for (const unit of ["kB", "MB", "GB", "TB"]) {
    value /= 1000;
    if (value < 999.5) return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  }
  return `${Math.round(value / 1000)} PB`;
}

/** `1,204`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `38 connections`, `1 connection`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Part of a whole in percent: `0.3 %`, `12 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** Three significant digits, and two decimals at most. */
function fixed(value: number): string {
  const wholeDigits = value < 10 ? 1 : value < 100 ? 2 : 3;
  return value.toFixed(SIGNIFICANT_DIGITS - wholeDigits);
}
