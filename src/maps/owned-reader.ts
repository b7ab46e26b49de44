/** Values that stay as they are when the memory they were read from is used again. */

import type { Layout } from "../bytes/index.ts";

/** Reads a value; byte strings in it, which a schema gives as views of the memory, are of a copy of it. */
export function ownedReader<Value>({ read, sizeBytes, zero }: Layout<Value>): Layout<Value>["read"] {
  if (!hasBytes(zero())) return read;
  return (view, offset) => {
    const from = view.byteOffset + offset;
    return read(new DataView(view.buffer.slice(from, from + sizeBytes)), 0);
  };
}

function hasBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasBytes);
}
