/** Where bytes go: standard output or a file. */

import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { InputError } from "../errors/error.ts";
import { say, writeText } from "./streams.ts";

/** Something to write text to. Writing blocks when the reader is slow: what the agent then misses is counted as lost. */
export interface OutputTarget {
  readonly isTerminal: boolean;
  /** Columns of the terminal; `undefined` where there is none. */
  readonly columns: () => number | undefined;
  write(text: string): void;
  /** Settles when nobody reads any more, or nothing more can be written. */
  readonly closed: Promise<void>;
  close(): void;
}

const standardOutputFd = 1;

/** Standard output. */
export function standardOutput(): OutputTarget {
  const isTerminal = isatty(standardOutputFd);
  return {
    ...writerTo(standardOutputFd, "standard output"),
    isTerminal,
    columns: () => (isTerminal ? process.stdout.columns : undefined),
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
  const writer = writerTo(fd, path);
  let isOpen = true;
  return {
    isTerminal: false,
    columns: () => undefined,
    closed: writer.closed,
    write: (text) => void (isOpen && writer.write(text)),
    close() {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}

/** Writes until it cannot, says why once, and is silent from then on. A reader that has gone needs no words. */
function writerTo(fd: number, place: string): Pick<OutputTarget, "write" | "closed"> {
  let isOpen = true;
  let reportClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    reportClosed = resolve;
  });
  return {
    closed,
    write(text) {
      if (!isOpen) return;
      try {
        writeText(fd, text);
      } catch (error) {
        isOpen = false;
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== "EPIPE") say(`cannot write to ${place}: ${message}`);
        reportClosed();
      }
    },
  };
}
