/** Ways to userspace: buffers of records, and call stacks. */

import { declare, type MapDeclaration } from "./map-declaration.ts";
import type { StructType, ValueOf } from "./types.ts";

/** Records on their way to userspace. */
export interface RingBuffer extends MapDeclaration<"ringBuffer"> {
  readonly sizeBytes: number;
  /**
   * Sends the first `byteLength` bytes of `record`, or all of it, without waking the reader. False when the
   * buffer is full, or when `byteLength` is more than there is.
   */
  output(record: object, byteLength?: number): boolean;
  /**
   * Room for a record in the buffer itself, not zeroed; `null` when it is full. It must be given to `submit` or `discard`
   * on every way from here.
   */
  reserve<Record extends StructType>(type: Record): ValueOf<Record> | null;
  /** Sends a record that was reserved. */
  submit(record: object): void;
  /** Gives the room back. */
  discard(record: object): void;
}

/** A ring buffer of `sizeBytes`: a power of two, at least a page. */
export function ringBuffer(options: { readonly sizeBytes: number }): RingBuffer {
  return declare("ringBuffer", options);
}

/** A buffer for each CPU, as kernels before ring buffers have it. */
export interface PerfEvents extends MapDeclaration<"perfEventArray"> {
  /** Sends a record to the buffer of this CPU. */
  output(record: object): boolean;
}

/** One buffer of each CPU: its size is up to the reader. */
export function perfEvents(): PerfEvents {
  return declare("perfEventArray", {});
}

/** Call stacks, each once, by number. */
export interface StackTraces extends MapDeclaration<"stackTrace"> {
  readonly maxEntries: number;
  readonly depth: number;
  /** The number of the kernel's call stack here; negative if it could not be taken. */
  kernel(): bigint;
  /** The number of the user's call stack here. */
  user(): bigint;
}

/** `depth` is the most frames of a stack. */
export function stackTraces(options: { readonly maxEntries: number; readonly depth?: number }): StackTraces {
  return declare("stackTrace", { depth: 127, ...options });
}
