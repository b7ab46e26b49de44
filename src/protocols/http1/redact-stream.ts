/**
 * Taking what may be secret out of the bytes of a connection while they pass: what says where messages begin and end stays, so
 * that whoever reads them again finds the same messages.
 */

import { CARRIAGE_RETURN, COLON, hexDigit, isBlank, LINE_FEED } from "./characters.ts";
import { type FramingFields, noFields, readField } from "./fields.ts";
import { type Framing, requestFraming, responseFraming } from "./framing.ts";
import { redactHeaderLine, redactRequestLine, redactStatusLine } from "./redact-lines.ts";
import { mayStartResponse, readRequestLine, readStatusLine, resemblesRequest } from "./start-line.ts";

/** What stands in the place of a byte that is taken out. It begins no message and is in no number. */
export const redactedByte = 0x2a;

/** Which way bytes go. */
export type StreamSide = "request" | "response";

/** The two streams of one connection. */
export interface StreamRedactor {
  /**
   * Overwrites in `bytes`, which stand at `offset` of a side's stream, what may be secret. Bytes that were seen before are
   * overwritten whole, and what was missed is passed over.
   */
  redact(side: StreamSide, offset: number, bytes: Uint8Array): void;
}

/** Overwrites all but what may be the end of a chunked body (RFC 9112, section 7.1). */
export function redactTail(bytes: Uint8Array): void {
  for (const [index, byte] of bytes.entries()) {
    if (byte !== CARRIAGE_RETURN && byte !== LINE_FEED && byte !== zero) bytes[index] = redactedByte;
  }
}

/** A line is not followed beyond this: then it is overwritten, and the next message is waited for. */
const lineLimitBytes = 8192;
/** Requests whose answers are still to come. */
const requestLimit = 1024;
const zero = 0x30;
/** An empty last chunk with the line ends around it. */
const tailBytes = 7;
const tunnelMethods = new Set(["CONNECT"]);

type State = "between" | "fields" | "body" | "chunkSize" | "chunkData" | "chunkEnd" | "trailer" | "lost" | "over";

interface Stream {
  state: State;
  offset: number;
  /** The line in hand, as far as it has passed. */
  line: number[];
  fields: FramingFields;
  status: number;
  leftBytes: number;
  keepsField: boolean;
  /** The message in hand is chunked, also when its chunks are not followed any more. */
  isChunked: boolean;
}

/** A redactor for one connection. */
export function redactStreams(): StreamRedactor {
  const methods: string[] = [];
  const streams = { request: newStream(), response: newStream() };

  const framingOf = (side: StreamSide, stream: Stream): Framing => {
    if (side === "request") return requestFraming(stream.fields);
    const isFinal = stream.status >= 200 || stream.status === 101;
    const method = isFinal ? (methods.shift() ?? "GET") : "GET";
    return responseFraming(stream.status, method, stream.fields);
  };

  const endHead = (side: StreamSide, stream: Stream) => {
    const framing = framingOf(side, stream);
    switch (framing.kind) {
      case "length":
        stream.leftBytes = framing.bytes;
        stream.state = framing.bytes === 0 ? "between" : "body";
        return;
      case "chunked":
        stream.state = "chunkSize";
        stream.isChunked = true;
        return;
      case "unknown":
        stream.state = "lost";
        return;
      default:
        stream.state = "over";
        if (framing.kind === "switched") streams.request.state = "over";
    }
  };

  /** Takes a piece of a line, and says how many of its bytes may stay as they are after it was changed in place. */
  const takeLine = (side: StreamSide, stream: Stream, piece: Uint8Array, ended: boolean): void => {
    const before = stream.line.length;
    if (before + piece.length > lineLimitBytes) {
      piece.fill(redactedByte);
      stream.state = "lost";
      stream.line = [];
      return;
    }
    for (const byte of piece) stream.line.push(byte);
    const whole = Uint8Array.from(stream.line);
    const end = ended ? whole.length - 1 : whole.length;
    const isEmpty = ended && whole.every((byte) => byte === CARRIAGE_RETURN || byte === LINE_FEED);
    if (!isEmpty) readLine(side, stream, whole, end, ended);
    piece.set(whole.subarray(before));
    if (!ended) return;
    stream.line = [];
    if (!isEmpty) return;
    if (stream.state === "fields") endHead(side, stream);
    else if (stream.state === "trailer") stream.state = "between";
  };

  const readLine = (side: StreamSide, stream: Stream, whole: Uint8Array, end: number, ended: boolean) => {
    switch (stream.state) {
      case "between":
        return readFirstLine(side, stream, whole, end, ended);
      case "fields":
        if (ended) readField(stream.fields, whole, 0, trimmed(whole, end), false);
        stream.keepsField = redactHeaderLine(whole, end, stream.keepsField);
        return;
      case "chunkSize":
        return readChunkSize(stream, whole, end, ended);
      default:
        whole.fill(redactedByte, 0, trimmed(whole, end));
    }
  };

  const readFirstLine = (side: StreamSide, stream: Stream, whole: Uint8Array, end: number, ended: boolean) => {
    const isKnown = side === "request" ? isRequestLine(whole, end, ended) : isStatusLine(whole, end, ended);
    if (!isKnown) {
      whole.fill(redactedByte);
      stream.state = "lost";
      stream.line = [];
      return;
    }
    if (ended) {
      stream.state = "fields";
      stream.fields = noFields();
      stream.isChunked = false;
      stream.keepsField = false;
      if (side === "response") stream.status = readStatusLine(whole, 0, end)!.status;
      else if (methods.length < requestLimit) methods.push(readRequestLine(whole, 0, end)!.method);
    }
    if (side === "request") redactRequestLine(whole, trimmed(whole, end));
    else redactStatusLine(whole, trimmed(whole, end));
  };

  return {
    redact(side, offset, bytes) {
      const stream = streams[side];
      const seen = Math.min(bytes.length, Math.max(0, stream.offset - offset));
      bytes.fill(redactedByte, 0, seen);
      if (offset > stream.offset) miss(stream, offset - stream.offset);
      stream.offset = Math.max(stream.offset, offset + bytes.length);
      let at = seen;
      if (stream.state === "lost" && seen === 0 && resembles(side, bytes)) stream.state = "between";
      while (at < bytes.length) {
        switch (stream.state) {
          case "lost":
          case "over": {
            const tailAt = stream.isChunked ? Math.max(at, bytes.length - tailBytes) : bytes.length;
            bytes.fill(redactedByte, at, tailAt);
            redactTail(bytes.subarray(tailAt));
            return;
          }
          case "body":
          case "chunkData": {
            const end = Math.min(bytes.length, at + stream.leftBytes);
            bytes.fill(redactedByte, at, end);
            takeBody(stream, end - at);
            at = end;
            break;
          }
          case "chunkEnd":
            if (bytes[at] === LINE_FEED) stream.state = "chunkSize";
            else if (bytes[at] !== CARRIAGE_RETURN) stream.state = "lost";
            if (stream.state !== "lost") at++;
            break;
          default: {
            const lineFeed = bytes.indexOf(LINE_FEED, at);
            const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
            takeLine(side, stream, bytes.subarray(at, end), lineFeed >= 0);
            at = end;
          }
        }
      }
    },
  };
}

function newStream(): Stream {
  return {
    state: "between",
    offset: 0,
    line: [],
    fields: noFields(),
    status: 0,
    leftBytes: 0,
    keepsField: false,
    isChunked: false,
  };
}

function takeBody(stream: Stream, count: number): void {
  stream.leftBytes -= count;
  if (stream.leftBytes === 0) stream.state = stream.state === "body" ? "between" : "chunkEnd";
}

function miss(stream: Stream, count: number): void {
  const isInside = (stream.state === "body" || stream.state === "chunkData") && count <= stream.leftBytes;
  if (isInside) takeBody(stream, count);
  else if (stream.state !== "over") {
    stream.state = "lost";
    stream.line = [];
  }
}

function readChunkSize(stream: Stream, whole: Uint8Array, end: number, ended: boolean): void {
  let size = 0;
  let at = 0;
  for (; at < end && hexDigit(whole[at]!) >= 0; at++) size = size * 16 + hexDigit(whole[at]!);
  whole.fill(redactedByte, at, trimmed(whole, end));
  // What follows the size is an extension, and must still read as one.
  if (at < trimmed(whole, end)) whole[at] = 0x3b;
  if (!ended) return;
  if (at === 0 || !Number.isSafeInteger(size)) stream.state = "lost";
  else stream.state = size === 0 ? "trailer" : "chunkData";
  stream.leftBytes = size;
}

/** Where a line ends without the carriage return before its line feed. */
function trimmed(whole: Uint8Array, end: number): number {
  return end > 0 && whole[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}

function isRequestLine(whole: Uint8Array, end: number, ended: boolean): boolean {
  if (ended) {
    const line = readRequestLine(whole, 0, end);
    return line !== null && (!tunnelMethods.has(line.method) || whole.indexOf(COLON) > 0);
  }
  return resemblesRequest(whole, 0, end) || isStartOfMethod(whole);
}

const methodStarts = ["GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "PATCH ", "OPTIONS ", "CONNECT ", "TRACE "];

function isStartOfMethod(whole: Uint8Array): boolean {
  const text = String.fromCharCode(...whole.subarray(0, 9));
  return whole.length < 9 && methodStarts.some((method) => method.startsWith(text));
}

function isStatusLine(whole: Uint8Array, end: number, ended: boolean): boolean {
  return ended ? readStatusLine(whole, 0, end) !== null : mayStartResponse(whole, 0, end);
}

function resembles(side: StreamSide, bytes: Uint8Array): boolean {
  if (side === "request") return resemblesRequest(bytes, 0, bytes.length);
  return readStatusLine(bytes, 0, Math.min(bytes.length, 13)) !== null && !isBlank(bytes[0]!);
}
