/** What the tracer's process and Tarsier say to one another, over two pipes: frames one way, lines of JSON the other. */

import type { Counts } from "./summary.ts";

/** Descriptors of the tracer's process. */
export const framesFd = 3;
export const ordersFd = 4;

/** Kinds of frames: a head of two numbers of 32 bits, how many bytes follow and what they are. */
export const FrameKind = { ready: 1, started: 2, records: 3, mainEnded: 4, over: 5, failed: 6 } as const;
export const frameHeadBytes = 8;

/** The command has begun. */
export interface Started {
  readonly pid: number;
}

/** The command's first process has ended; some of its children may go on. */
export interface MainEnded {
  readonly exitCode: number;
}

/** The tracing is over: no process is left, or it was told to stop. */
export interface Over {
  readonly exitCode: number;
  readonly counts: Counts;
  readonly stops: number;
  /** An estimate, in nanoseconds: how long threads of the command stood still for the tracer. */
  readonly stoppedNs: number;
  readonly cpuNs: number;
}

/** The tracing cannot go on. */
export interface Failed {
  readonly code: string;
  readonly message: string;
  readonly kind: "permission" | "kernel" | "bug";
}

/** What the tracer's process is started with, as its only parameter. */
export interface TracerTask {
  readonly executable: string;
  readonly command: readonly string[];
  /** Soft limit of open files for the command; empty to leave it. */
  readonly openFileLimit: string;
  /** Each transfer is told of, for a recording. */
  readonly isRecorded: boolean;
}

/** What Tarsier tells the tracer; cookies in decimal. */
export type Order =
  | { readonly order: "start" }
  | { readonly order: "stop" }
  | { readonly order: "signal"; readonly signal: NodeJS.Signals }
  | { readonly order: "stride"; readonly stride: number }
  | { readonly order: "forget"; readonly cookie: string }
  | {
      readonly order: "direct";
      readonly cookie: string;
      readonly opaque: number;
      readonly requestOffset: string;
      readonly responseOffset: string;
    };

/** A frame around bytes. */
export function frame(kind: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(frameHeadBytes + bytes.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint32(4, kind, true);
  whole.set(bytes, frameHeadBytes);
  return whole;
}

export const jsonFrame = (kind: number, value: object): Uint8Array =>
  frame(kind, new TextEncoder().encode(JSON.stringify(value)));

/** Takes chunks of a stream apart into frames, however they are cut. */
export function frameReader(onFrame: (kind: number, bytes: Uint8Array) => void): (chunk: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array();
  return (chunk) => {
    let bytes = chunk;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
    }
    let at = 0;
    while (at + frameHeadBytes <= bytes.length) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, frameHeadBytes);
      const end = at + frameHeadBytes + view.getUint32(0, true);
      if (end > bytes.length) break;
      onFrame(view.getUint32(4, true), bytes.subarray(at + frameHeadBytes, end));
      at = end;
    }
    rest = bytes.slice(at);
  };
}

/** Bytes before each record of a frame of records: its length, and padding. */
export const recordHeadBytes = 8;

/** Hands each record of a frame to `consume`. */
export function readRecords(bytes: Uint8Array, consume: (view: DataView, offset: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + recordHeadBytes <= bytes.length; ) {
    consume(view, at + recordHeadBytes);
    at += recordHeadBytes + view.getUint32(at, true);
  }
}
