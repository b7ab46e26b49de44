/** Ring buffers of a collection: each record is decoded by the type that its program sent, or by a schema that is given. */

import type { Btf } from "../btf/index.ts";
import type { Layout } from "../bytes/index.ts";
import { InputError } from "../errors/error.ts";
import { type MapBytes, ownedReader, type RingBufferReader } from "../maps/index.ts";
import { type AnyLayout, isComposite, layoutOf } from "./btf-layout.ts";

/** A schema, as far as records are read with it. */
export type RecordSchema<Value> = Pick<Layout<Value>, "decode" | "read" | "sizeBytes"> & { zero(): unknown };

/** Takes one record, which is the taker's own to keep. */
export type RecordHandler<Value> = (record: Value) => void;

/** Records being read, until `close` or until the collection closes. */
export interface Reading {
  /** Rejects when the handler throws; nothing is read any more. */
  readonly failed: Promise<never>;
  close(): void;
  [Symbol.dispose](): void;
}

/** A ring buffer that is read in one place. */
export interface LiveRing {
  /** Hands over every record as it comes, looking each `intervalMs` (10 when absent). */
  read<Value>(schema: RecordSchema<Value>, handler: RecordHandler<Value>, intervalMs?: number): Reading;
  /** The same, by the types that the collection knows. */
  read(handler: RecordHandler<unknown>, intervalMs?: number): Reading;
  /** Hands over every record that is there now, and returns how many. */
  drain<Value>(schema: RecordSchema<Value>, handler: RecordHandler<Value>): number;
  drain(handler: RecordHandler<unknown>): number;
  /** Whether someone reads it. */
  readonly isRead: boolean;
  /** Hands what is there now to whoever reads it, without waiting for the next look. */
  flush(): void;
  /** Records that were shorter than the schema they were to be read with. */
  malformed(): number;
  close(): void;
}

const defaultIntervalMs = 10;

export function liveRing(map: MapBytes, btf: Btf): LiveRing {
  let reader: RingBufferReader | undefined;
  let reading: Reading | undefined;
  let look: (() => void) | undefined;
  let malformed = 0;
  const ring = (): RingBufferReader => {
    reader ??= map.readRing();
    return reader;
  };
  const known = knownRecords(map, btf);

  const drainWith = (schema: RecordSchema<unknown> | undefined, handler: RecordHandler<unknown>): number => {
    const read = schema === undefined ? known : recordReader(schema, () => malformed++);
    return ring().drain((view, offset, lengthBytes) => {
      const record = read(view, offset, lengthBytes);
      if (record !== undefined) handler(record);
    });
  };
  const start = (
    schema: RecordSchema<unknown> | undefined,
    handler: RecordHandler<unknown>,
    intervalMs: number,
  ): Reading => {
    if (reading !== undefined) throw new InputError("RING_READ", `${map.spec.name} is being read: close that first`);
    let fail: (reason: unknown) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    failed.catch(() => {});
    look = () => {
      try {
        drainWith(schema, handler);
      } catch (error) {
        close();
        fail(error);
      }
    };
    const timer = setInterval(look, intervalMs);
    const close = () => {
      clearInterval(timer);
      reading = undefined;
      look = undefined;
    };
    reading = { failed, close, [Symbol.dispose]: close };
    return reading;
  };
  const isSchema = (given: unknown): given is RecordSchema<unknown> =>
    typeof (given as { read?: unknown }).read === "function";

  return {
    read(first: unknown, second?: unknown, third?: unknown) {
      return isSchema(first)
        ? start(first, second as RecordHandler<unknown>, (third as number | undefined) ?? defaultIntervalMs)
        : start(undefined, first as RecordHandler<unknown>, (second as number | undefined) ?? defaultIntervalMs);
    },
    drain: (first: unknown, second?: unknown) =>
      isSchema(first)
        ? drainWith(first, second as RecordHandler<unknown>)
        : drainWith(undefined, first as RecordHandler<unknown>),
    get isRead() {
      return reading !== undefined;
    },
    flush: () => look?.(),
    malformed: () => malformed,
    close() {
      reading?.close();
      reader?.close();
      reader = undefined;
    },
  };
}

type RecordReader = (view: DataView, offset: number, lengthBytes: number) => unknown;

function recordReader(schema: RecordSchema<unknown>, onShort: () => void): RecordReader {
  const read = ownedReader(schema as Layout<unknown>);
  return (view, offset, lengthBytes) => {
    if (lengthBytes >= schema.sizeBytes) return read(view, offset);
    onShort();
    return undefined;
  };
}

/** Decodes a record of one of the types that programs send here; bytes, when it is of none, or of several of one size. */
function knownRecords({ spec }: MapBytes, btf: Btf): RecordReader {
  const layouts = (spec.recordTypeIds ?? []).map((id) => layoutOf(btf, id));
  const readers = new Map<AnyLayout, AnyLayout["read"]>(layouts.map((type) => [type, ownedReader(type)]));
  const only = layouts.length === 1 && isComposite(layouts[0]!) ? layouts[0] : undefined;
  return (view, offset, lengthBytes) => {
    const fitting = layouts.filter(({ sizeBytes }) => sizeBytes === lengthBytes);
    const type = fitting.length === 1 ? fitting[0] : only;
    if (type === undefined) return bytesAt(view, offset, lengthBytes);
    if (lengthBytes >= type.sizeBytes) return readers.get(type)!(view, offset);
    // Programs may send the beginning of a record: the rest is zero.
    const whole = new Uint8Array(type.sizeBytes);
    whole.set(bytesAt(view, offset, lengthBytes));
    return type.read(new DataView(whole.buffer), 0);
  };
}

function bytesAt(view: DataView, offset: number, lengthBytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, lengthBytes).slice();
}
