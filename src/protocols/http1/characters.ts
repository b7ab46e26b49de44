/** The bytes HTTP/1 is written in, and the classes of them that its grammar knows (RFC 9110, section 5.6). */

const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

/** 1 for every byte that may stand in a token: a method or a field name (RFC 9110, section 5.6.2). */
const tokenBytes = bytesIn("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

export const isToken = (byte: number): boolean => tokenBytes[byte] === 1;

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** White space inside a line: spaces and tabs, and the carriage return that a lenient reader takes for one. */
export const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The bytes of an ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether `bytes` has `text` at `start`. */
export function hasAt(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  if (start + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text[index]) return false;
  }
  return true;
}

/** Whether `bytes` from `start` to `end` is `text`, which must be in lower case, in any case. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[start + index]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text[index]) return false;
  }
  return true;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What the bytes say. HTTP promises ASCII; where a peer breaks that, UTF-8 is read and anything else becomes U+FFFD. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

function bytesIn(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of ascii(characters)) table[byte] = 1;
  return table;
}
