/** What tells requests from responses when reading a stream: how the first line goes. */

import type { PartialLine } from "./line.ts";
import {
  mayStartRequest,
  mayStartResponse,
  type RequestLine,
  readCutRequestLine,
  readLongRequestLine,
  readRequestLine,
  readStatusLine,
  resemblesRequest,
  resemblesResponse,
  type StatusLine,
} from "./start-line.ts";

export interface MessageKind<Line> {
  /** Whether a message may begin with these bytes, of which more may follow. */
  mayStart(bytes: Uint8Array, start: number, end: number): boolean;
  /** Whether a message surely begins with these bytes: after a loss, where anything may come by. */
  resembles(bytes: Uint8Array, start: number, end: number): boolean;
  read(bytes: Uint8Array, start: number, end: number): Line | null;
  /** A line that came in pieces. */
  readPieces(line: PartialLine): Line | null;
  /** A line that breaks off. */
  readCut(line: PartialLine): Line | null;
}

export const requestKind: MessageKind<RequestLine> = {
  mayStart: mayStartRequest,
  resembles: resemblesRequest,
  read: readRequestLine,
  readPieces: (line) =>
    line.cut ? readLongRequestLine(line.bytes, line.kept, line.tail) : readRequestLine(line.bytes, 0, line.kept),
  readCut: (line) => readCutRequestLine(line.bytes, 0, line.kept),
};

export const responseKind: MessageKind<StatusLine> = {
  mayStart: mayStartResponse,
  resembles: resemblesResponse,
  read: readStatusLine,
  readPieces: (line) => readStatusLine(line.bytes, 0, line.kept),
  readCut: () => null,
};
