/** One direction of a connection, read as the messages in it: where each begins, what its head says, where it ends. */

import { type Body, bodyOf } from "./body.ts";
import { CARRIAGE_RETURN, LINE_FEED } from "./characters.ts";
import { noFields, readField } from "./fields.ts";
import { LINE_KEPT_BYTES, PartialLine } from "./line.ts";
import type { MessageKind } from "./message-kind.ts";
import type { MessageListener } from "./message-listener.ts";
import type { Segment } from "./segment.ts";

type State =
  | "between"
  | "firstLine"
  | "fields"
  | "body"
  /** Bytes were missed or make no sense: waiting for a segment that begins like a message. */
  | "lost"
  /** Another protocol follows, or nothing. */
  | "stopped";

export class MessageStream<Line> {
  /** Bytes that belong to no message that was reported. */
  skippedBytes = 0;
  /** How often bytes were missed that a message may have been in. */
  holes = 0;
  readonly #kind: MessageKind<Line>;
  readonly #listener: MessageListener<Line>;
  #state: State;
  /** Of the next byte that is not yet read. */
  #offset: number | undefined;
  readonly #partial = new PartialLine();
  #line: Line | null = null;
  #fields = noFields();
  #headReported = false;
  #body: Body | null = null;
  #messageBytes = 0;
  #startNs = 0;
  #endNs = 0;

  /** `startOffset`: where a message begins. Undefined: not known, the first segment that begins like one is taken. */
  constructor(kind: MessageKind<Line>, listener: MessageListener<Line>, startOffset: number | undefined) {
    this.#kind = kind;
    this.#listener = listener;
    this.#offset = startOffset;
    this.#state = startOffset === undefined ? "lost" : "between";
  }

  /** Where in the direction the next byte to read is. */
  get offset(): number | undefined {
    return this.#offset;
  }

  /** No message has begun that is not over, and none was missed. */
  get isBetweenMessages(): boolean {
    return this.#state === "between" && this.#messageBytes === 0;
  }

  /** Reads a segment. False where a message in it has to wait: push the same segment again later. */
  push(segment: Segment): boolean {
    const { offset, length, data, timeNs } = segment;
    this.#offset ??= offset;
    if (offset > this.#offset) this.#miss(offset - this.#offset, timeNs);
    let at = this.#offset - offset;
    if (at === 0) this.#recognise(data);
    while (at < data.length && this.#state !== "stopped") {
      const end = this.#read(data, at, timeNs);
      if (end < 0) return false;
      this.#offset! += end - at;
      at = end;
    }
    const missing = length - Math.max(at, 0);
    if (missing > 0) this.#miss(missing, timeNs);
    return true;
  }

  /** The connection is over. `clean`: by agreement, so that a body which ends with the connection is whole. */
  close(clean: boolean): void {
    this.#salvage();
    if (this.#line !== null) this.#end(clean && this.#state === "body" && this.#body!.endsWithConnection);
    this.stop();
  }

  stop(): void {
    this.#state = "stopped";
    this.#partial.clear();
  }

  /** After a loss: whether this segment begins with a message. */
  #recognise(data: Uint8Array): void {
    if (this.#state !== "lost" || !this.#kind.resembles(data, 0, data.length)) return;
    if (this.#line !== null) this.#end(false);
    this.#state = "between";
  }

  /** Reads on from `at`; returns where it stopped, or -1 where a message has to wait. */
  #read(data: Uint8Array, at: number, timeNs: number): number {
    switch (this.#state) {
      case "between":
        return this.#begin(data, at, timeNs);
      case "firstLine":
      case "fields":
        return this.#readLine(data, at, timeNs);
      case "body":
        return this.#readBody(data, at, timeNs);
      default:
        this.#count(data.length - at, timeNs);
        return data.length;
    }
  }

  /** Passes over empty lines before a message (RFC 9112, section 2.2), then begins it. */
  #begin(data: Uint8Array, start: number, timeNs: number): number {
    let at = start;
    while (data[at] === CARRIAGE_RETURN || data[at] === LINE_FEED) at++;
    this.#messageBytes += at - start;
    if (at > start) return at;
    if (!this.#listener.mayBegin(timeNs)) return -1;
    this.#state = "firstLine";
    this.#startNs = timeNs;
    this.#fields = noFields();
    return at;
  }

  #readLine(data: Uint8Array, start: number, timeNs: number): number {
    const lineFeed = data.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? data.length : lineFeed + 1;
    this.#count(end - start, timeNs);
    const inPlace = lineFeed >= 0 && this.#partial.length === 0 && lineFeed - start <= LINE_KEPT_BYTES;
    if (!inPlace) this.#partial.append(data.subarray(start, lineFeed < 0 ? end : lineFeed));
    if (this.#state === "firstLine") {
      const line = inPlace ? this.#kind.read(data, start, lineFeed) : this.#readPartialFirstLine(lineFeed >= 0);
      if (line === "goesOn") return end;
      this.#line = line;
      if (line === null) {
        this.#partial.clear();
        this.#lose(timeNs);
      } else {
        this.#state = "fields";
      }
    } else if (lineFeed >= 0) {
      if (inPlace) this.#takeField(data, start, lineFeed, false, timeNs);
      else this.#takeField(this.#partial.bytes, 0, this.#partial.kept, this.#partial.cut, timeNs);
    }
    if (lineFeed >= 0) this.#partial.clear();
    return end;
  }

  #readPartialFirstLine(ended: boolean): Line | null | "goesOn" {
    if (ended) return this.#kind.readPieces(this.#partial);
    return this.#kind.mayStart(this.#partial.bytes, 0, this.#partial.kept) ? "goesOn" : null;
  }

  #takeField(bytes: Uint8Array, start: number, end: number, cut: boolean, timeNs: number): void {
    const empty = end === start || (end === start + 1 && bytes[start] === CARRIAGE_RETURN);
    if (empty) this.#endHead(timeNs);
    else readField(this.#fields, bytes, start, end, cut);
  }

  #endHead(timeNs: number): void {
    this.#headReported = true;
    const framing = this.#listener.head(this.#line!, this.#fields, this.#startNs, true);
    switch (framing.kind) {
      case "switched":
        this.#end(true);
        this.stop();
        break;
      case "unknown":
        this.#lose(timeNs);
        break;
      default:
        this.#body = bodyOf(framing);
        this.#state = "body";
        if (this.#body.complete) this.#end(true);
    }
  }

  #readBody(data: Uint8Array, start: number, timeNs: number): number {
    const body = this.#body!;
    const end = body.read(data, start);
    this.#count(end - start, timeNs);
    if (body.complete) this.#end(true);
    else if (body.broken) this.#lose(timeNs);
    return end;
  }

  /** Bytes that nobody saw. Within a body whose length is known they do no harm. */
  #miss(count: number, timeNs: number): void {
    this.#offset! += count;
    if (this.#state === "stopped") return;
    const inside = this.#state === "body" ? this.#body!.skip(count) : 0;
    this.#count(inside, timeNs);
    if (this.#state === "body" && this.#body!.complete) this.#end(true);
    if (inside === count) return;
    if (this.#state !== "lost") {
      this.holes++;
      this.#lose(timeNs);
    }
    this.#count(count - inside, timeNs);
  }

  /** Bytes of the message at hand, whole or damaged, or of none. */
  #count(bytes: number, timeNs: number): void {
    if (this.#state === "lost") this.#listener.lost(timeNs);
    if (this.#state === "lost" && this.#line === null) {
      this.skippedBytes += bytes;
    } else {
      this.#messageBytes += bytes;
      this.#endNs = timeNs;
    }
  }

  #lose(timeNs: number): void {
    this.#salvage();
    this.#state = "lost";
    this.#listener.lost(timeNs);
  }

  /** Reports what is known of a message that breaks off in its head, and forgets one of which nothing is. */
  #salvage(): void {
    if (this.#state === "firstLine") this.#line = this.#kind.readCut(this.#partial);
    this.#partial.clear();
    if (this.#line === null) {
      this.skippedBytes += this.#messageBytes;
      this.#messageBytes = 0;
    } else if (!this.#headReported) {
      this.#headReported = true;
      this.#listener.head(this.#line, this.#fields, this.#startNs, false);
    }
  }

  #end(complete: boolean): void {
    const end = { bytes: this.#messageBytes, startNs: this.#startNs, endNs: this.#endNs, complete };
    this.#line = null;
    this.#headReported = false;
    this.#messageBytes = 0;
    this.#state = "between";
    this.#listener.end(end);
  }
}
