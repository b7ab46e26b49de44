/** Numbers as the assembler's dialect writes them: decimal, or hexadecimal for bits. */

/** Decimal numbers are signed and must fit as such; hexadecimal ones are bits, so `0xffffffff` is -1 in 32. */
export function parseNumber(text: string, bits: 16 | 32): number | undefined {
  const value = parseInteger(text);
  if (value === undefined) return undefined;
  const most = isHexadecimal(text) ? 2n ** BigInt(bits) : 2n ** BigInt(bits - 1);
  if (value >= most || value < -(2n ** BigInt(bits - 1))) return undefined;
  return Number(BigInt.asIntN(bits, value));
}

/** 64 bits, unsigned or signed in either notation. */
export function parseNumber64(text: string): bigint | undefined {
  const value = parseInteger(text);
  return value === undefined || value >= 2n ** 64n || value < -(2n ** 63n) ? undefined : value;
}

/** Whether the text is a number, however large. */
export function isNumber(text: string): boolean {
  return parseInteger(text) !== undefined;
}

function parseInteger(text: string): bigint | undefined {
  // The bound keeps a hostile line from making a number of a million digits.
  const match = /^([+-]?)(0x[0-9a-f]{1,64}|[0-9]{1,64})$/i.exec(text);
  if (match === null) return undefined;
  const value = BigInt(match[2]!);
  return match[1] === "-" ? -value : value;
}

function isHexadecimal(text: string): boolean {
  return /^[+-]?0x/i.test(text);
}

/** A distance or offset with its sign. */
export function withSign(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}
