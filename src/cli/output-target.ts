/** Where bytes go: standard output or a file. */

import { closeSync, openSync, writeSync } from "node:fs";
import { InputError } from "../errors/error.ts";

/** Something to write text to. Writing blocks when the reader is slow: what the agent then misses is counted as lost. */
export interface OutputTarget {
  readonly isTerminal: boolean;
  /** Columns of the terminal; `undefined` where there is none. */
  readonly columns: () => number | undefined;
  write(text: string): void;
  /** Settles when nobody reads any more. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Standard output. */
export function standardOutput(): OutputTarget {
  let isOpen = true;
  const closed = new Promise<void>((resolve) => {
    process.stdout.on("error", () => {
      isOpen = false;
      resolve();
    });
  });
  return {
    isTerminal: process.stdout.isTTY === true,
    columns: () => process.stdout.columns,
    write: (text) => void (isOpen && process.stdout.write(text)),
    closed,
    close: () => {},
  };
}

/** A file, made or emptied. Throws `InputError` when it cannot be written. */
export function fileOutput(path: string): OutputTarget {
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (cause) {
    throw new InputError("OUTPUT_UNWRITABLE", `--output ${path}: cannot write there (${(cause as Error).message})`, {
      cause,
    });
  }
  let close = () => {
    closeSync(fd);
    close = () => {};
  };
  let reportClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    reportClosed = resolve;
  });
  return {
    isTerminal: false,
    columns: () => undefined,
    write(text) {
      try {
        const bytes = Buffer.from(text);
        for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
      } catch (error) {
        process.stderr.write(`tarsier: cannot write to ${path}: ${(error as Error).message}\n`);
        reportClosed();
      }
    },
    closed,
    close: () => close(),
  };
}
