/** Files that are gzipped, unpacked in memory. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { InputError } from "../errors/error.ts";

const gzipMagic = [0x1f, 0x8b];
const mostUnpackedBytes = 2 ** 30;

/** Whether a file is, by its first bytes. */
export const isGzipped = (beginning: Uint8Array): boolean =>
  gzipMagic.every((byte, index) => beginning[index] === byte);

/** What is in a gzipped file. Throws `InputError`. */
export function unpackFile(path: string): Uint8Array {
  try {
    return gunzipSync(readFileSync(path), { maxOutputLength: mostUnpackedBytes });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new InputError(
      "GZIP_INVALID",
      `${path}: cannot be unpacked (${reason}); try gunzip, and give what it makes`,
      {
        cause,
      },
    );
  }
}
