/** What the user halves of the examples show things with. */

/** The text of a byte string, up to its first zero. */
export function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end === -1 ? bytes.length : end)).toString("utf8");
}

/** An IPv4 address as the number that programs see, and back. */
export function ip4(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

export function ip4Text(address: number): string {
  return [24, 16, 8, 0].map((bits) => (address >>> bits) & 0xff).join(".");
}

/** An IPv6 address; one of IPv4 stands in its last four bytes. */
export function ipText(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!);
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) return bytes.subarray(12).join(".");
  return `[${words.map((word) => word.toString(16)).join(":")}]`;
}

const barWidth = 40;

/** A line for each power of two from the first to the last that was counted. */
export function histogram(slots: readonly bigint[], unit: string): string[] {
  const first = slots.findIndex((count) => count > 0n);
  const last = slots.findLastIndex((count) => count > 0n);
  const most = Math.max(...slots.map(Number), 1);
  return slots.slice(Math.max(first, 0), last + 1).map((count, index) => {
    const bar = "█".repeat(Math.ceil((Number(count) / most) * barWidth));
    return `${String(2 ** (first + index)).padStart(12)} ${unit} ${String(count).padStart(9)} ${bar}`;
  });
}

/** The same slots of several processors as one. */
export function summed(perProcessor: readonly (readonly bigint[])[]): bigint[] {
  return perProcessor[0]!.map((_, index) => perProcessor.reduce((sum, slots) => sum + slots[index]!, 0n));
}

export const sum = (numbers: readonly bigint[]): bigint => numbers.reduce((one, other) => one + other, 0n);
