/** Lines of a head with what may be secret overwritten in place; their lengths, and what says how the body is framed, stay. */

import { COLON, isBlank, isToken } from "./characters.ts";

const redactedByte = 0x2a;
const space = 0x20;
/** `HTTP/1.1 200`. */
const statusBytes = 12;
/** A field's name is not longer; what goes on without a colon is no field. */
const nameLimitBytes = 64;

/** Fields whose values say how messages are framed, or what kind of thing they are about; all others are overwritten. */
const keptFields: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "host",
  "keep-alive",
  "server",
  "transfer-encoding",
  "upgrade",
]);

/** Overwrites the values of a query, and a user and password before a host. `[0, end)` is the line so far. */
export function redactRequestLine(line: Uint8Array, end: number): void {
  const targetAt = line.indexOf(space) + 1;
  if (targetAt === 0) return;
  let targetEnd = line.indexOf(space, targetAt);
  if (targetEnd < 0 || targetEnd > end) targetEnd = end;
  // A target with spaces in it, against the RFC, ends before the version.
  const versionAt = lastSpace(line, end);
  if (versionAt > targetEnd) targetEnd = versionAt;
  const queryAt = indexOfAny(line, targetAt, targetEnd, "?#");
  redactUser(line, targetAt, queryAt);
  redactQuery(line, queryAt, targetEnd);
}

/** Overwrites the reason phrase. */
export function redactStatusLine(line: Uint8Array, end: number): void {
  if (end > statusBytes + 1) line.fill(redactedByte, statusBytes + 1, end);
}

/** Overwrites the value of a field that is not known to be harmless. `wasKept`: the field that a folded line goes on with was. */
export function redactHeaderLine(line: Uint8Array, end: number, wasKept: boolean): boolean {
  const lineEnd = end > 0 && line[end - 1] === 0x0d ? end - 1 : end;
  if (isBlank(line[0]!)) {
    if (!wasKept) line.fill(redactedByte, 1, Math.max(1, lineEnd));
    return wasKept;
  }
  const colon = line.indexOf(COLON);
  if (colon < 0 || colon >= lineEnd) {
    if (lineEnd > nameLimitBytes || !line.subarray(0, lineEnd).every(isToken)) line.fill(redactedByte, 0, lineEnd);
    return false;
  }
  const name = textOf(line, 0, colon).trim().toLowerCase();
  const isKept = keptFields.has(name);
  if (!isKept) line.fill(redactedByte, colon + 1, lineEnd);
  if (colon > nameLimitBytes) line.fill(redactedByte, 0, colon);
  return isKept;
}

function redactQuery(line: Uint8Array, from: number, to: number): void {
  let start = from;
  for (let at = from; at <= to; at++) {
    const isEnd = at === to || "?&;#".includes(String.fromCharCode(line[at]!));
    if (!isEnd) continue;
    redactParameter(line, start, at);
    start = at + 1;
  }
}

/** A parameter's value; one without a value is overwritten unless it reads as a name (`redactTarget`). */
function redactParameter(line: Uint8Array, start: number, end: number): void {
  const text = textOf(line, start, end);
  const equals = text.indexOf("=");
  if (equals >= 0) line.fill(redactedByte, start + equals + 1, end);
  else if (!/^[A-Za-z_.-]{1,24}$/.test(text)) line.fill(redactedByte, start, end);
}

/** The part before `@` of a target that is no path. */
function redactUser(line: Uint8Array, start: number, end: number): void {
  if (line[start] === 0x2f) return;
  const text = textOf(line, start, end);
  const scheme = text.indexOf("://");
  const from = scheme < 0 ? 0 : scheme + 3;
  const slash = text.indexOf("/", from);
  const at = text.lastIndexOf("@", slash < 0 ? text.length : slash);
  if (at > from) line.fill(redactedByte, start + from, start + at);
}

function lastSpace(line: Uint8Array, end: number): number {
  const at = line.lastIndexOf(space, end - 1);
  return textOf(line, at + 1, at + 6) === "HTTP/" ? at : -1;
}

function indexOfAny(line: Uint8Array, from: number, to: number, characters: string): number {
  for (let at = from; at < to; at++) if (characters.includes(String.fromCharCode(line[at]!))) return at;
  return to;
}

function textOf(line: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(line[at]!);
  return text;
}
