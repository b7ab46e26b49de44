/** The header fields that decide where a message ends and who speaks next (RFC 9112, section 6; RFC 9110, section 7.8). */

import { ascii, COLON, COMMA, equalsIgnoringCase, isBlank, isDigit } from "./characters.ts";

/** What the fields of one head say so far. Plain data, changed as lines come in. */
export interface FramingFields {
  contentLength: number | "none" | "invalid";
  /** The last transfer coding decides: only when it is `chunked` does the message say where it ends. */
  transferEncoding: "none" | "chunked" | "other";
  /** An `Upgrade` field: the connection may change protocol after this message. */
  upgrade: boolean;
  /** The field that the last line belonged to, which a folded line continues. */
  lastField: Field;
}

type Field = "contentLength" | "transferEncoding" | "upgrade" | "other";

const contentLengthName = ascii("content-length");
const transferEncodingName = ascii("transfer-encoding");
const upgradeName = ascii("upgrade");
const chunkedName = ascii("chunked");

export const noFields = (): FramingFields => ({
  contentLength: "none",
  transferEncoding: "none",
  upgrade: false,
  lastField: "other",
});

/** Takes the header line in `[start, end)`, which has no line ending. `cut`: the line was too long to keep whole. */
export function readField(fields: FramingFields, bytes: Uint8Array, start: number, end: number, cut: boolean): void {
  let valueStart = start;
  if (!isBlank(bytes[start]!)) {
    const colon = bytes.indexOf(COLON, start);
    if (colon < 0 || colon >= end) return;
    fields.lastField = fieldAt(bytes, start, colon);
    valueStart = colon + 1;
  }
  switch (fields.lastField) {
    case "contentLength":
      fields.contentLength = cut ? "invalid" : lengthOf(fields.contentLength, bytes, valueStart, end);
      break;
    case "transferEncoding":
      fields.transferEncoding = cut ? "other" : lastCoding(fields.transferEncoding, bytes, valueStart, end);
      break;
    case "upgrade":
      fields.upgrade = true;
  }
}

function fieldAt(bytes: Uint8Array, start: number, colon: number): Field {
  let end = colon;
  while (end > start && isBlank(bytes[end - 1]!)) end--;
  if (equalsIgnoringCase(bytes, start, end, contentLengthName)) return "contentLength";
  if (equalsIgnoringCase(bytes, start, end, transferEncodingName)) return "transferEncoding";
  if (equalsIgnoringCase(bytes, start, end, upgradeName)) return "upgrade";
  return "other";
}

/** A repeated length is fine while it says the same; anything else makes the message's end unknowable (section 6.3). */
function lengthOf(
  known: FramingFields["contentLength"],
  bytes: Uint8Array,
  start: number,
  end: number,
): FramingFields["contentLength"] {
  let length = known;
  for (const [memberStart, memberEnd] of listMembers(bytes, start, end)) {
    const value = decimal(bytes, memberStart, memberEnd);
    length = length === "none" || length === value ? value : "invalid";
  }
  return length;
}

function lastCoding(
  known: FramingFields["transferEncoding"],
  bytes: Uint8Array,
  start: number,
  end: number,
): FramingFields["transferEncoding"] {
  let coding = known;
  for (const [memberStart, memberEnd] of listMembers(bytes, start, end)) {
    coding = equalsIgnoringCase(bytes, memberStart, memberEnd, chunkedName) ? "chunked" : "other";
  }
  return coding;
}

function decimal(bytes: Uint8Array, start: number, end: number): number | "invalid" {
  let value = 0;
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!;
    if (!isDigit(byte)) return "invalid";
    value = value * 10 + byte - 0x30;
  }
  return Number.isSafeInteger(value) ? value : "invalid";
}

/** The members of a comma-separated list without the white space around them; empty ones do not count. */
function* listMembers(bytes: Uint8Array, start: number, end: number): Generator<[start: number, end: number]> {
  for (let memberStart = start; memberStart < end; ) {
    let comma = memberStart;
    while (comma < end && bytes[comma] !== COMMA) comma++;
    let [first, last] = [memberStart, comma];
    while (first < last && isBlank(bytes[first]!)) first++;
    while (last > first && isBlank(bytes[last - 1]!)) last--;
    if (first < last) yield [first, last];
    memberStart = comma + 1;
  }
}
