/** Medians and spreads of a few rounds. */

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `lowest–highest`. */
export function spread(numbers: readonly number[], format: (number: number) => string): string {
  return `${format(Math.min(...numbers))}–${format(Math.max(...numbers))}`;
}
