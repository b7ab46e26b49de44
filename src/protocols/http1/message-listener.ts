/** What a stream tells of its messages, and to whom. */

import type { FramingFields } from "./fields.ts";
import type { Framing } from "./framing.ts";

export interface MessageEnd {
  /** Head, body and trailers, with empty lines before it. */
  readonly bytes: number;
  readonly startNs: number;
  readonly endNs: number;
  /** All of it passed, and its end is certain. */
  readonly complete: boolean;
}

/** Who is told of the messages, and decides what the stream cannot know. */
export interface MessageListener<Line> {
  /** Asked before each message. False: it has to wait, and `push` stops there. */
  mayBegin(startNs: number): boolean;
  /** A head is over, or broken off (`whole` false). Returns where the body ends. */
  head(line: Line, fields: FramingFields, startNs: number, whole: boolean): Framing;
  end(end: MessageEnd): void;
  /** At this time messages may have been missed. */
  lost(timeNs: number): void;
}
