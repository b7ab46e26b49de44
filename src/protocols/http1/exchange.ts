/** The short way: one request and its response, of which the first bytes of each were captured. */

import { CARRIAGE_RETURN, LINE_FEED } from "./characters.ts";
import {
  endOfLine,
  type HttpVersion,
  mayStartResponse,
  type RequestLine,
  readCutRequestLine,
  readRequestLine,
  readStatusLine,
  type StatusLine,
} from "./start-line.ts";

/** What the start of a request and of its response tell. */
export interface ExchangeHead {
  readonly method: string;
  readonly target: string;
  /** The captured bytes end within the target. */
  readonly requestTruncated: boolean;
  /** The request's version, or the response's where the request was cut before it. */
  readonly version: HttpVersion | null;
  /** Null where there is no response, or too little of it. Below 200 (but 101): the final response was not captured. */
  readonly status: number | null;
}

/** Reads a pair of prefixes. Null where they are not HTTP/1. No response: an empty prefix. */
export function exchangeFrom(requestPrefix: Uint8Array, responsePrefix: Uint8Array): ExchangeHead | null {
  const request = requestLineOf(requestPrefix);
  if (request === null || !mayStartResponse(responsePrefix, 0, responsePrefix.length)) return null;
  const response = statusLineOf(responsePrefix);
  return {
    method: request.method,
    target: request.target,
    requestTruncated: request.requestTruncated,
    version: request.version ?? response?.version ?? null,
    status: response?.status ?? null,
  };
}

function requestLineOf(prefix: Uint8Array): RequestLine | null {
  let start = 0;
  while (prefix[start] === CARRIAGE_RETURN || prefix[start] === LINE_FEED) start++;
  const end = prefix.indexOf(LINE_FEED, start);
  return end < 0 ? readCutRequestLine(prefix, start, prefix.length) : readRequestLine(prefix, start, end);
}

/** The status line of the final response, or of the last informational one that was captured. */
function statusLineOf(prefix: Uint8Array): StatusLine | null {
  let line: StatusLine | null = null;
  for (let start = 0; start < prefix.length; ) {
    const end = endOfLine(prefix, start);
    const next = readStatusLine(prefix, start, end < 0 ? prefix.length : end);
    line = next ?? line;
    if (next === null || next.status >= 200 || next.status === 101) break;
    const headEnd = endOfHead(prefix, start);
    if (headEnd < 0) break;
    start = headEnd;
  }
  return line;
}

/** Where the head that begins at `start` ends: after its first empty line; -1 where the bytes end first. */
export function endOfHead(bytes: Uint8Array, start: number): number {
  let lineFeed = bytes.indexOf(LINE_FEED, start);
  while (lineFeed >= 0) {
    const next = bytes[lineFeed + 1] === CARRIAGE_RETURN ? lineFeed + 2 : lineFeed + 1;
    if (bytes[next] === LINE_FEED) return next + 1;
    lineFeed = bytes.indexOf(LINE_FEED, lineFeed + 1);
  }
  return -1;
}
