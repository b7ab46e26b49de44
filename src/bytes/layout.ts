/** What every schema of this folder can do: read a value from memory and write it back. */

import { InputError } from "../errors/error.ts";

/** How one type lies in memory, little-endian and naturally aligned as in C on 64-bit machines. */
export interface Layout<Value> {
  readonly sizeBytes: number;
  readonly alignment: number;
  /** The value at `offset`. The caller has checked that `sizeBytes` are there. */
  read(view: DataView, offset: number): Value;
  /** Writes all `sizeBytes`, padding as zeros. The caller has checked that they are there. */
  write(view: DataView, offset: number, value: Value): void;
  /** The value at `offset`; an error when the memory is too short. */
  decode(view: DataView, offset?: number): Value;
  /** The bytes of `value`: inside `view` at `offset`, or in memory of their own. */
  encode(value: Value, view?: DataView, offset?: number): Uint8Array;
  /** The value whose bytes are all zero. */
  zero(): Value;
}

/** The value type of a schema: `ValueOf<typeof FlowKey>`. */
export type ValueOf<Schema> = Schema extends { decode(view: DataView, offset?: number): infer Value } ? Value : never;

/** The part of a layout that differs between types. */
type Core<Value> = Pick<Layout<Value>, "sizeBytes" | "alignment" | "read" | "write">;

/** Adds the checked functions to `read` and `write`. `label` names the type in messages. */
export function layout<Value>(label: string, core: Core<Value>): Layout<Value> {
  const { sizeBytes, read, write } = core;

  const check = (view: DataView, offset: number): void => {
    if (offset < 0 || offset + sizeBytes > view.byteLength) throw tooShort(label, sizeBytes, view.byteLength, offset);
  };

  return {
    ...core,
    decode(view, offset = 0) {
      check(view, offset);
      return read(view, offset);
    },
    encode(value, view = new DataView(new ArrayBuffer(sizeBytes)), offset = 0) {
      check(view, offset);
      write(view, offset, value);
      return new Uint8Array(view.buffer, view.byteOffset + offset, sizeBytes);
    },
    zero: () => read(new DataView(new ArrayBuffer(sizeBytes)), 0),
  };
}

function tooShort(label: string, sizeBytes: number, available: number, offset: number): InputError {
  return new InputError(
    "BYTES_TOO_SHORT",
    `${label} takes ${sizeBytes} bytes, but from offset ${offset} there are ${Math.max(0, available - offset)}`,
  );
}

/** Checks a count of bytes or elements that makes a type. */
export function checkLength(label: string, length: number): void {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new InputError("BYTES_BAD_LENGTH", `${label}: the length must be a positive whole number, not ${length}`);
  }
}
