/**
 * Writing to standard output and error. The command that is observed has the same ones: Node's own streams would make
 * them non-blocking for it too, and would keep without limit what a slow reader does not take.
 */

import { writeSync } from "node:fs";

const standardOutput = 1;
const standardError = 2;
const retryMs = 2;
/** Where text becomes bytes: made once, as many lines are written. A UTF-16 unit takes three bytes at most. */
const encoded = Buffer.allocUnsafe(256 * 1024);
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of `text`, and waits for a slow reader. Throws what `write(2)` refuses. */
export function writeText(fd: number, text: string): void {
  const bytes = text.length <= encoded.length / 3 ? encoded : Buffer.from(text);
  const length = bytes === encoded ? encoded.write(text) : bytes.length;
  for (let written = 0; written < length; ) {
    try {
      written += writeSync(fd, bytes, written, length - written);
    } catch (error) {
      // Somebody who shares the descriptor has made it non-blocking.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, retryMs);
    }
  }
}

/** Writes to standard output; nobody may be there to read it. */
export function print(text: string): void {
  writeIfRead(standardOutput, text);
}

/** Writes a line of Tarsier's own to standard error. */
export function say(text: string): void {
  writeIfRead(standardError, `tarsier: ${text}\n`);
}

function writeIfRead(fd: number, text: string): void {
  try {
    writeText(fd, text);
  } catch {
    // The reader has gone, or the descriptor was closed before we began: there is nobody to tell.
  }
}
