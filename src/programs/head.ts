// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Reading the head of an HTTP/1 message (RFC 9112) where it stands whole at the front of one transfer: where it
 * ends and how its body is framed. Eight bytes at a step; every line that may matter begins with a word
 * that is compared whole. Anything unusual says `clean: 0`, and user space reads the connection instead.
 */

import { countTrailingZeros, repeat, u8, u16, u32, u64 } from "../program/index.ts";
import { requestTextCapacity } from "./layouts.ts";
import type { Scratch } from "./payload.ts";

/** What a transfer's first bytes look like. */
export const Start = { other: 0, request: 1, response: 2, headRequest: 3, tunnel: 4, unsure: 5 } as const;

const lineFeeds = 0x0a0a0a0a0a0a0a0an;
const lowBits = 0x7f7f7f7f7f7f7f7fn;
const lowerCase = 0x2020202020202020n;
const contentDash = 0x2d746e65746e6f63n; // "content-"
const lengthColon = 0x3a6874676e656cn; // "length:"
const transfer = 0x726566736e617274n; // "transfer"
const dashEncoding = 0x6e69646f636e652dn; // "-encodin"
const httpOne = 0x2e312f50545448n; // "HTTP/1."
const sevenBytes = 0xffffffffffffffn;
const wordLimit = requestTextCapacity / 8;
/** More lines than that within eight bytes are no head that anybody sends. */
const lineFeedsInWord = 3;
const digitLimit = 16;

const words = {
  GET_: 0x20544547,
  HEAD: 0x44414548,
  POST: 0x54534f50,
  PUT_: 0x20545550,
  DELE: 0x454c4544,
  OPTI: 0x4954504f,
  PATC: 0x43544150,
  TRAC: 0x43415254,
  CONN: 0x4e4e4f43,
  PRI_: 0x20495250,
} as const;

/** Judges the first `available` bytes in `scratch.data`. */
export function startOf(scratch: Scratch, available: u32): u8 {
  if (available < 8) return Start.unsure;
  const word = scratch.data.load(u32, 0);
  switch (word) {
    case words.GET_:
    case words.POST:
    case words.PUT_:
    case words.DELE:
    case words.OPTI:
    case words.PATC:
    case words.TRAC:
      return Start.request;
    case words.HEAD:
      return Start.headRequest;
    case words.CONN:
      return Start.tunnel;
    case words.PRI_:
      return Start.other;
  }
  if ((scratch.data.load(u64, 0) & sevenBytes) === httpOne) return Start.response;
  const first = scratch.data.load(u8, 0);
  return first >= 0x41 && first <= 0x5a ? Start.unsure : Start.other;
}

/** Reads the head at the front of `scratch.data`, of which `available` bytes are there, into `scratch.head`. */
export function readHead(scratch: Scratch, available: u32): void {
  const head = scratch.head;
  head.lengthBytes = 0;
  head.clean = 1;
  head.chunked = 0;
  head.contentLengthAt = 0;
  head.contentLength = 0n;
  head.status = u16(statusOf(scratch));
  findEnd(scratch, available);
  if (head.contentLengthAt !== 0) readContentLength(scratch, head.contentLengthAt);
}

/** The three digits behind `HTTP/1.1 `; of a request nonsense that nobody reads. */
function statusOf(scratch: Scratch): u32 {
  const hundreds = u32(scratch.data.load(u8, 9)) - 0x30;
  const tens = u32(scratch.data.load(u8, 10)) - 0x30;
  const ones = u32(scratch.data.load(u8, 11)) - 0x30;
  return hundreds * 100 + tens * 10 + ones;
}

/** Finds the empty line, and the fields that matter on the way. */
function findEnd(scratch: Scratch, available: u32): void {
  scratch.available = available;
  repeat(wordLimit, scanWord, scratch);
}

/** Looks for line feeds in one word, and at the line behind each. */
function scanWord(index: u32, scratch: Scratch): boolean {
  const base = index * 8;
  if (base >= scratch.available) return false;
  const word = scratch.data.load(u64, base) ^ lineFeeds;
  // 0x80 in each byte that is a line feed, and nowhere else.
  let found = ~(((word & lowBits) + lowBits) | word | lowBits);
  for (let i = 0; i < lineFeedsInWord; i++) {
    if (found === 0n) return true;
    if (isEnd(scratch, base + (countTrailingZeros(found) >> 3) + 1)) return false;
    found &= found - 1n;
  }
  if (found === 0n) return true;
  scratch.head.clean = 0;
  return false;
}

/** Whether the head ends with the line at `line`; if not, that line is looked at. */
function isEnd(scratch: Scratch, line: u32): boolean {
  const head = scratch.head;
  const next = scratch.data.load(u64, line);
  if (u16(next) === 0x0a0d) {
    if (line + 2 <= scratch.available) head.lengthBytes = line + 2;
    return true;
  }
  const lower = next | lowerCase;
  if (lower === contentDash) {
    if (((scratch.data.load(u64, line + 8) | lowerCase) & sevenBytes) === lengthColon) {
      if (head.contentLengthAt !== 0) head.clean = 0;
      head.contentLengthAt = line + 15;
    }
  } else if (lower === transfer && (scratch.data.load(u64, line + 8) | lowerCase) === dashEncoding) {
    head.chunked = 1;
  }
  return false;
}

/** Reads the decimal number at `at`. */
function readContentLength(scratch: Scratch, at: u32): void {
  let value = 0n;
  let digits = u32(0);
  for (let i = 0; i < digitLimit; i++) {
    const byte = scratch.data.load(u8, at + i);
    if (byte >= 0x30 && byte <= 0x39) {
      value = value * 10n + u64(byte) - 0x30n;
      digits++;
    } else if (byte !== 0x20 || digits > 0) {
      if (byte !== 0x0d || digits === 0) scratch.head.clean = 0;
      scratch.head.contentLength = value;
      return;
    }
  }
  scratch.head.clean = 0;
}
