/** Arithmetic on 64-bit numbers as two halves of 32 bits, lower half first, in place in a register file. */

export function multiply(registers: Int32Array, d: number, low: number, high: number): void {
  const own = registers[d]!;
  const upper = Math.imul(own, high) + Math.imul(registers[d + 1]!, low) + upperProduct(own, low);
  registers[d] = Math.imul(own, low);
  registers[d + 1] = upper;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function upperProduct(one: number, other: number): number {
  const oneLow = one & 0xffff;
  const oneHigh = one >>> 16;
  const otherLow = other & 0xffff;
  const otherHigh = other >>> 16;
  const middle = oneHigh * otherLow + ((oneLow * otherLow) >>> 16);
  const carry = oneLow * otherHigh + (middle & 0xffff);
  return (oneHigh * otherHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) | 0;
}

/** Shifts use the low 6 bits of their count. */
export function shiftLeft(registers: Int32Array, d: number, count: number): void {
  const bits = count & 63;
  const low = registers[d]!;
  if (bits >= 32) {
    registers[d + 1] = low << (bits - 32);
    registers[d] = 0;
  } else if (bits > 0) {
    registers[d + 1] = (registers[d + 1]! << bits) | (low >>> (32 - bits));
    registers[d] = low << bits;
  }
}

export function shiftRight(registers: Int32Array, d: number, count: number): void {
  const bits = count & 63;
  const high = registers[d + 1]!;
  if (bits >= 32) {
    registers[d] = high >>> (bits - 32);
    registers[d + 1] = 0;
  } else if (bits > 0) {
    registers[d] = (registers[d]! >>> bits) | (high << (32 - bits));
    registers[d + 1] = high >>> bits;
  }
}

export function shiftRightSigned(registers: Int32Array, d: number, count: number): void {
  const bits = count & 63;
  const high = registers[d + 1]!;
  if (bits >= 32) {
    registers[d] = high >> (bits - 32);
    registers[d + 1] = high >> 31;
  } else if (bits > 0) {
    registers[d] = (registers[d]! >>> bits) | (high << (32 - bits));
    registers[d + 1] = high >> bits;
  }
}

/** The two halves as one unsigned number. */
export const joined = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** The reverse of the bytes of 32 bits. */
export function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** `target = (low, high) + offset`, a signed number of 32 bits. */
export function sumOf(target: Int32Array, low: number, high: number, offset: number): void {
  const sum = (low + offset) | 0;
  target[0] = sum;
  target[1] = high + (offset >> 31) + (sum >>> 0 < low >>> 0 ? 1 : 0);
}

export function negate(registers: Int32Array, d: number): void {
  const low = registers[d]!;
  registers[d] = -low;
  registers[d + 1] = -registers[d + 1]! - (low === 0 ? 0 : 1);
}

/** The low 8 or 16 bits of a word with their sign; of other widths all of it. */
export function extended(word: number, bits: number): number {
  return bits === 8 ? (word << 24) >> 24 : bits === 16 ? (word << 16) >> 16 : word;
}
