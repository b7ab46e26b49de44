/** Byte strings of fixed length: addresses, names, captured prefixes. */

import { InputError } from "../errors/error.ts";
import { checkLength, type Layout, layout } from "./layout.ts";

/** `length` bytes. A decoded value is a view of the memory it was decoded from: copy it to keep it. */
export interface Bytes extends Layout<Uint8Array> {
  readonly kind: "bytes";
  readonly length: number;
}

/** A byte string of `length` bytes; a shorter value is filled with zeros when written. */
export function bytes(length: number): Bytes {
  const label = `bytes(${length})`;
  checkLength(label, length);

  const core = layout<Uint8Array>(label, {
    sizeBytes: length,
    alignment: 1,
    read: (view, offset) => new Uint8Array(view.buffer, view.byteOffset + offset, length),
    write(view, offset, value) {
      if (!(value instanceof Uint8Array) || value.length > length) {
        throw new InputError("BYTES_OUT_OF_RANGE", `${label} takes a Uint8Array of at most ${length} bytes`);
      }
      const target = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      target.set(value);
      target.fill(0, value.length);
    },
  });
  return { ...core, kind: "bytes", length };
}
