/** Quantiles from the kernel's latency histogram: four buckets to each power of two of nanoseconds. */

/** The lower end of a bucket, in nanoseconds. */
export function bucketStartNs(index: number): number {
  const power = index >> 2;
  return power < 2 ? 2 ** power : 2 ** power + (index & 3) * 2 ** (power - 2);
}

/** The latency that the share `quantile` of all exchanges stayed below, to a quarter of a power of two; `undefined` of none. */
export function quantileNs(counts: readonly number[], quantile: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [index, count] of counts.entries()) {
    seen += count;
    if (seen >= total * quantile) return bucketStartNs(index + 1);
  }
  return undefined;
}
