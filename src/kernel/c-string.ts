/** Strings as the kernel takes them. */

const encoder = new TextEncoder();

/** The bytes of a C string. */
export function cString(text: string): Uint8Array {
  return encoder.encode(`${text}\0`);
}

/** The string that begins at `offset`. */
export function textOf(bytes: Uint8Array, offset = 0): string {
  const end = bytes.indexOf(0, offset);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "utf8",
    offset,
    end < 0 ? undefined : end,
  );
}
