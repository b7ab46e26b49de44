/** The end of a chunked body, found without keeping any of it (RFC 9112, section 7.1). */

import type { Body } from "./body.ts";
import { CARRIAGE_RETURN, hexDigit, isBlank, LINE_FEED, SEMICOLON } from "./characters.ts";

/** Digits of a chunk size that still make a safe integer. */
const SIZE_LIMIT_DIGITS = 13;

type State =
  | "firstDigit"
  | "size"
  | "extension"
  | "data"
  | "dataEnd"
  | "trailerStart"
  | "trailer"
  | "complete"
  | "broken";

export class ChunkedBody implements Body {
  readonly endsWithConnection = false;
  #state: State = "firstDigit";
  /** Of the chunk at hand: its size while that is read, then what is left of its data. */
  #chunkBytes = 0;
  #digits = 0;

  get complete(): boolean {
    return this.#state === "complete";
  }

  get broken(): boolean {
    return this.#state === "broken";
  }

  read(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && !this.complete && !this.broken) {
      if (this.#state === "data") {
        at += this.#takeData(bytes.length - at);
      } else if (this.#state === "extension" || this.#state === "trailer") {
        at = this.#skipLine(bytes, at);
      } else {
        this.#step(bytes[at]!);
        at++;
      }
    }
    return at;
  }

  /** Sure of the data of the chunk at hand only: where more is missing, the next chunk size is too. */
  skip(count: number): number {
    return this.#state === "data" && count <= this.#chunkBytes ? this.#takeData(count) : 0;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case "firstDigit":
      case "size":
        this.#takeSize(byte);
        break;
      case "dataEnd":
        if (byte === LINE_FEED) this.#startChunk();
        else if (byte !== CARRIAGE_RETURN) this.#state = "broken";
        break;
      case "trailerStart":
        if (byte === LINE_FEED) this.#state = "complete";
        else if (byte !== CARRIAGE_RETURN) this.#state = "trailer";
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#state = ++this.#digits > SIZE_LIMIT_DIGITS ? "broken" : "size";
      this.#chunkBytes = this.#chunkBytes * 16 + digit;
    } else if (this.#state === "firstDigit") {
      this.#state = "broken";
    } else if (byte === LINE_FEED) {
      this.#endSize();
    } else {
      this.#state = byte === SEMICOLON || isBlank(byte) ? "extension" : "broken";
    }
  }

  #endSize(): void {
    this.#state = this.#chunkBytes === 0 ? "trailerStart" : "data";
  }

  #startChunk(): void {
    this.#state = "firstDigit";
    this.#chunkBytes = 0;
    this.#digits = 0;
  }

  #takeData(available: number): number {
    const taken = Math.min(available, this.#chunkBytes);
    this.#chunkBytes -= taken;
    if (this.#chunkBytes === 0) this.#state = "dataEnd";
    return taken;
  }

  /** Passes to the end of a line that says nothing about where the body ends. */
  #skipLine(bytes: Uint8Array, start: number): number {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    if (lineFeed < 0) return bytes.length;
    if (this.#state === "extension") this.#endSize();
    else this.#state = "trailerStart";
    return lineFeed + 1;
  }
}
