/** Bytes that grow, with the variable-length numbers of WebAssembly (LEB128). */

export interface ByteWriter {
  readonly length: number;
  /** What has been written; valid until more is. */
  written(): Uint8Array;
  byte(value: number): void;
  bytes(...values: number[]): void;
  append(more: Uint8Array): void;
  /** A number of 32 bits without a sign. */
  unsigned(value: number): void;
  signed32(value: number): void;
  /** A signed number of 64 bits, given as its halves. */
  signed64(low: number, high: number): void;
  /** Its length, and the characters, which are ASCII. */
  text(value: string): void;
}

export function byteWriter(capacity = 256): ByteWriter {
  let bytes = new Uint8Array(capacity);
  let length = 0;
  const reserve = (count: number) => {
    if (length + count <= bytes.length) return;
    const larger = new Uint8Array(2 * (length + count));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  };
  const byte = (value: number) => {
    if (length === bytes.length) reserve(1);
    bytes[length++] = value;
  };
  const unsigned = (value: number) => {
    reserve(5);
    let rest = value >>> 0;
    while (rest > 127) {
      bytes[length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[length++] = rest;
  };
  const signed32 = (value: number) => {
    reserve(5);
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      bytes[length++] = (rest & 127) | 128;
      rest >>= 7;
    }
    bytes[length++] = rest & 127;
  };
  return {
    get length() {
      return length;
    },
    written: () => bytes.subarray(0, length),
    byte,
    bytes(...values) {
      for (const value of values) byte(value);
    },
    append(more) {
      reserve(more.length);
      bytes.set(more, length);
      length += more.length;
    },
    unsigned,
    signed32,
    signed64(low, high) {
      if (high === low >> 31) return signed32(low);
      reserve(10);
      let rest = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
      while (rest < -64n || rest > 63n) {
        bytes[length++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      bytes[length++] = Number(rest & 127n);
    },
    text(value) {
      unsigned(value.length);
      for (let at = 0; at < value.length; at++) byte(value.charCodeAt(at));
    },
  };
}
