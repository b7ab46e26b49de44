/** The body of a message: passed over, never kept; only its end matters. */

import { ChunkedBody } from "./chunked.ts";
import type { Framing } from "./framing.ts";

/** A body being read in pieces of any size. */
export interface Body {
  readonly complete: boolean;
  /** These bytes cannot be such a body. */
  readonly broken: boolean;
  /** It is whole when the connection ends. */
  readonly endsWithConnection: boolean;
  /** Reads `bytes` from `start` on; returns where it stopped: at their end, or earlier when complete or broken. */
  read(bytes: Uint8Array, start: number): number;
  /** Passes over bytes that nobody saw; returns how many of them are surely of this body. */
  skip(count: number): number;
}

export function bodyOf(framing: Extract<Framing, { kind: "length" | "chunked" | "untilClose" }>): Body {
  if (framing.kind === "length") return new LengthBody(framing.bytes);
  return framing.kind === "chunked" ? new ChunkedBody() : untilClose;
}

class LengthBody implements Body {
  readonly broken = false;
  readonly endsWithConnection = false;
  #leftBytes: number;

  constructor(bytes: number) {
    this.#leftBytes = bytes;
  }

  get complete(): boolean {
    return this.#leftBytes === 0;
  }

  read(bytes: Uint8Array, start: number): number {
    return start + this.skip(bytes.length - start);
  }

  skip(count: number): number {
    const inside = Math.min(count, this.#leftBytes);
    this.#leftBytes -= inside;
    return inside;
  }
}

const untilClose: Body = {
  complete: false,
  broken: false,
  endsWithConnection: true,
  read: (bytes) => bytes.length,
  skip: (count) => count,
};
