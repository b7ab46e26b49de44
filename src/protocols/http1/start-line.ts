/** The first line of a message (RFC 9112, sections 3 and 4), read straight from its bytes. */

import { ascii, CARRIAGE_RETURN, hasAt, isBlank, isDigit, isToken, LINE_FEED, SPACE, textOf } from "./characters.ts";

/** What the sender of a message says it speaks. A minor version above 1 counts as 1.1 (RFC 9110, section 2.5). */
export type HttpVersion = "1.0" | "1.1";

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** The target goes on after what is kept of it here. */
  readonly requestTruncated: boolean;
  /** Null where the line was cut before it. */
  readonly version: HttpVersion | null;
}

export interface StatusLine {
  readonly status: number;
  readonly version: HttpVersion;
}

/** No registered method is half as long; a longer "method" is another protocol. */
export const METHOD_LIMIT_BYTES = 32;
/** How much of a target is kept. RFC 9112, section 3, asks servers to take 8000 bytes; some take 64 KiB. */
export const TARGET_KEPT_BYTES = 8192;

const VERSION_BYTES = "HTTP/1.1".length;
const STATUS_BYTES = "HTTP/1.1 200".length;
const versionStart = ascii("HTTP/1.");

/** The methods that are common enough to be recognised without making a string of them. */
const commonMethods = ["GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"].map((name) => ({
  name,
  bytes: ascii(`${name} `),
}));

/**
 * Reads the request line in `[start, end)`, which has no line ending. Null where it is none. A target with spaces in
 * it, against the RFC, is taken as it stands: servers answer such requests too.
 */
export function readRequestLine(bytes: Uint8Array, start: number, end: number): RequestLine | null {
  const lineEnd = trimmedEnd(bytes, start, end);
  const methodEnd = endOfMethod(bytes, start, lineEnd);
  const version = versionAt(bytes, lineEnd - VERSION_BYTES);
  if (methodEnd < 0 || version === null) return null;
  const targetStart = methodEnd + 1;
  const targetEnd = trimmedEnd(bytes, targetStart, lineEnd - VERSION_BYTES);
  const separated = targetEnd < lineEnd - VERSION_BYTES;
  if (!separated || targetEnd <= targetStart) return null;
  return requestLine(bytes, start, methodEnd, targetEnd, version);
}

/**
 * Reads what there is of a request line whose end was not captured. Null where it cannot be one: with no version to
 * go by, the target must look like one (RFC 9112, section 3.2).
 */
export function readCutRequestLine(bytes: Uint8Array, start: number, end: number): RequestLine | null {
  const methodEnd = endOfMethod(bytes, start, end);
  if (methodEnd < 0 || methodEnd + 1 >= end || !startsTarget(bytes, methodEnd + 1)) return null;
  const targetEnd = targetEndBeforeCutVersion(bytes, methodEnd + 1, end);
  const line = requestLine(bytes, start, methodEnd, targetEnd, null);
  return targetEnd === end ? { ...line, requestTruncated: true } : line;
}

/** Reads a request line of which only the beginning, up to `end`, and the last bytes were kept. */
export function readLongRequestLine(beginning: Uint8Array, end: number, tail: Uint8Array): RequestLine | null {
  const version = versionAt(tail, trimmedEnd(tail, 0, tail.length) - VERSION_BYTES);
  const line = version === null ? null : readCutRequestLine(beginning, 0, end);
  return line === null ? null : { ...line, requestTruncated: true, version };
}

/** Reads the status line in `[start, end)`. Null where it is none. A missing reason phrase is fine. */
export function readStatusLine(bytes: Uint8Array, start: number, end: number): StatusLine | null {
  const version = versionAt(bytes, start);
  const digits = start + VERSION_BYTES + 1;
  if (version === null || digits + 3 > end || bytes[digits - 1] !== SPACE) return null;
  let status = 0;
  for (let index = digits; index < digits + 3; index++) {
    const byte = bytes[index]!;
    if (!isDigit(byte)) return null;
    status = status * 10 + byte - 0x30;
  }
  const after = digits + 3;
  return status >= 100 && (after === end || isBlank(bytes[after]!)) ? { status, version } : null;
}

/** Whether a request may begin with these bytes, of which more may follow. */
export function mayStartRequest(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!;
    if (byte === SPACE) return index > start;
    if (!isToken(byte) || index - start >= METHOD_LIMIT_BYTES) return false;
  }
  return true;
}

/** Whether a response may begin with these bytes, of which more may follow. */
export function mayStartResponse(bytes: Uint8Array, start: number, end: number): boolean {
  const known = Math.min(end - start, versionStart.length);
  for (let index = 0; index < known; index++) {
    if (bytes[start + index] !== versionStart[index]) return false;
  }
  return true;
}

/**
 * Whether these bytes, found after a loss, are the start of a request. Stricter than at a known start, since bodies
 * come by as well: a common method and a target, then a version where the line ends within the bytes.
 */
export function resemblesRequest(bytes: Uint8Array, start: number, end: number): boolean {
  const method = commonMethods.find((common) => hasAt(bytes, start, common.bytes));
  if (method === undefined) return false;
  const targetStart = start + method.bytes.length;
  if (targetStart >= end || !startsTarget(bytes, targetStart)) return false;
  const lineEnd = bytes.indexOf(LINE_FEED, targetStart);
  return lineEnd < 0 || lineEnd >= end || readRequestLine(bytes, start, lineEnd) !== null;
}

/** Whether these bytes, found after a loss, are the start of a response. */
export function resemblesResponse(bytes: Uint8Array, start: number, end: number): boolean {
  return readStatusLine(bytes, start, Math.min(end, start + STATUS_BYTES)) !== null;
}

/** Whether a version stands at `start`, and which. */
function versionAt(bytes: Uint8Array, start: number): HttpVersion | null {
  if (start < 0 || !hasAt(bytes, start, versionStart)) return null;
  const minor = bytes[start + versionStart.length] ?? 0;
  return isDigit(minor) ? (minor === 0x30 ? "1.0" : "1.1") : null;
}

/** Where the space after the method is, or -1. */
function endOfMethod(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + METHOD_LIMIT_BYTES + 1);
  for (let index = start; index < limit; index++) {
    const byte = bytes[index]!;
    if (byte === SPACE) return index > start ? index : -1;
    if (!isToken(byte)) return -1;
  }
  return -1;
}

/** `/path`, `*`, `http://host/` or `host:443`. */
function startsTarget(bytes: Uint8Array, start: number): boolean {
  const byte = bytes[start]!;
  const lower = byte | 0x20;
  return byte === 0x2f || byte === 0x2a || byte === 0x5b || isDigit(byte) || (lower >= 0x61 && lower <= 0x7a);
}

/** The end of the target in a line that was cut: before a last word that may be the start of the version. */
function targetEndBeforeCutVersion(bytes: Uint8Array, start: number, end: number): number {
  let word = end;
  while (word > start && bytes[word - 1] !== SPACE && end - word <= VERSION_BYTES + 1) word--;
  if (word <= start + 1 || bytes[word - 1] !== SPACE || !mayStartResponse(bytes, word, end)) return end;
  return trimmedEnd(bytes, start, word);
}

function requestLine(
  bytes: Uint8Array,
  start: number,
  methodEnd: number,
  targetEnd: number,
  version: HttpVersion | null,
): RequestLine {
  const targetStart = methodEnd + 1;
  const requestTruncated = targetEnd - targetStart > TARGET_KEPT_BYTES;
  const keptEnd = requestTruncated ? targetStart + TARGET_KEPT_BYTES : targetEnd;
  const target = textOf(bytes, targetStart, keptEnd);
  return { method: methodName(bytes, start, methodEnd), target, requestTruncated, version };
}

function methodName(bytes: Uint8Array, start: number, end: number): string {
  for (const { name, bytes: method } of commonMethods) {
    if (name.length === end - start && hasAt(bytes, start, method)) return name;
  }
  return textOf(bytes, start, end);
}

/** `end` without the white space before it. */
function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && isBlank(bytes[trimmed - 1]!)) trimmed--;
  return trimmed;
}

/** Where the line that begins at `start` ends, without its line ending; -1 where the bytes end first. */
export function endOfLine(bytes: Uint8Array, start: number): number {
  const lineFeed = bytes.indexOf(LINE_FEED, start);
  return lineFeed > start && bytes[lineFeed - 1] === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
}
